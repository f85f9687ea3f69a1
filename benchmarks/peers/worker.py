"""The measuring process: runs one job in the environment of one contender.

It imports nothing but the standard library and the contender, and of the standard library as little as it can before
the first decision, which is timed from the start of the process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from benchmarks.peers.jobs import Job, Started
from benchmarks.rows import Request

Ask = Callable[..., object]


def main() -> None:
    """Run the job on standard input; the answer is the last line of standard output."""
    job = Job.from_json(json.load(sys.stdin))
    started = perf_counter()
    adapter = import_module(f"benchmarks.peers.adapters.{job.adapter}")
    decide: Ask = adapter.load(Path(job.files) if job.files else job.rows)
    loading = perf_counter() - started
    answer = {"answers": _answers, "start": _start, "time": _time}[job.task](decide, job)
    print("\n" + json.dumps({"loading": loading, **answer}), flush=True)


def _answers(decide: Ask, job: Job) -> dict[str, Any]:
    return {"tiers": [_tier(decide, request) for request in job.requests]}


def _start(decide: Ask, job: Job) -> dict[str, Any]:
    tier = _tier(decide, job.requests[0])
    first, loaded = monotonic(), _resident()
    done = _decide(decide, job.requests, job.decisions, job.seconds)
    return Started(first, loaded, _resident(), done, tier).as_json()


def _time(decide: Ask, job: Job) -> dict[str, Any]:
    from benchmarks.bare import dictionaries  # noqa: PLC0415  see the head of this file
    from benchmarks.peers.turns import time_turns  # noqa: PLC0415  as above

    bare = dictionaries(job.rows)
    until = perf_counter() + job.seconds
    for request in job.requests:
        theirs, expected = _tier(decide, request), _tier(bare, request)
        if theirs != expected:
            return {"disagrees": f"{request}: {theirs}, not {expected}"}
        if perf_counter() > until:
            break
    timed = time_turns(decide, bare, job.requests, rounds=job.rounds, batches=job.batches, seconds=job.seconds)
    return timed.as_json()


def _decide(decide: Ask, requests: Sequence[Request], decisions: int, seconds: float) -> int:
    """Make `decisions` decisions, or as many as `seconds` allow, and return how many."""
    until, done = perf_counter() + seconds, 0
    while done < decisions and perf_counter() < until:
        for triad, role, phase in requests:
            decide(triad, role, phase=phase)
        done += len(requests)
    return done


def _tier(decide: Ask, request: Request) -> str | None:
    """Return the tier of a request; a decision that holds more than the tier has it as an attribute."""
    triad, role, phase = request
    answer = decide(triad, role, phase=phase)
    if answer is None or isinstance(answer, str):
        return answer
    return str(getattr(answer, "tier"))  # noqa: B009  the contenders share no type


def _resident() -> float:
    """Return the MiB of this process that are in memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
