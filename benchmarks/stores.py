"""`python -m benchmarks.stores [URL …]`: what an outcome costs in each store, and what a million subjects do.

Each URL is that of an empty database and of a user who may make tables there. File and SQLite are measured, too.
Beside each outcome, in turns and in the same processes, stands the floor: one row that the driver alone writes.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep, time
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, insert, text

from benchmarks.policies import write
from benchmarks.rows import large_rows, requests
from benchmarks.timing import time_decisions
from resolver import Resolver
from resolver.domain import Subject
from resolver.facade.opening import host_file, migrate_state
from resolver.state.sql import StateURL
from resolver.state.sql.spool import Queued, Spool
from resolver.state.sql.sql_tables import CLOCK, SUBJECT
from resolver.table import Report

Line = tuple[str, str, str, str]
_UPSERTS = {
    "postgresql": "INSERT INTO floor VALUES (%s, %s, %s) ON CONFLICT (k) DO UPDATE SET v = excluded.v, n = excluded.n",
    "mysql": "INSERT INTO floor VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE v = VALUES(v), n = VALUES(n)",
    "sqlite": "INSERT INTO floor VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v, n = excluded.n",
}
_MILLION = """
import json, sys, time
from resolver import Resolver
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
with Resolver.open(sys.argv[1]):
    pass
from resolver.state import sql
before, started = resident(), time.perf_counter()
with Resolver.open(sys.argv[1], state=sys.argv[2]) as resolver:
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "bytes": resident() - before, "entries": len(resolver.escalations())}))
"""


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stores", description=__doc__)
    parser.add_argument("urls", nargs="*", metavar="URL")
    parser.add_argument("--rounds", type=int, default=1_000, help="outcomes of each process (default: %(default)s)")
    parser.add_argument("--subjects", type=int, default=1_000_000, help="(default: %(default)s)")
    given = parser.parse_args()
    logging.getLogger("resolver").setLevel(logging.ERROR)
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}\n")
    print("| measured | figure | ratio | to reach |\n|---|---|---|---|")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        policy = write(large_rows(10, 0), folder / "policy")
        states = [f"sqlite:///{folder / 'state.db'}", *given.urls]
        for state in states:
            migrate_state(state)
        for processes in (1, 8):
            for state in (None, *states):
                yield_lines(_recorded(policy, state, processes, given.rounds))
        for processes in (1, 8):
            for state in (None, *states):
                yield_lines(_escalated(policy, state, processes, given.rounds))
        for state in states:
            yield_lines(_drained(policy, state, 10 * given.rounds))
        yield_lines(_resolving(policy, states))
        other = write(large_rows(10, 0), folder / "other")  # another host: this one would bring back what it has known
        yield_lines(_subjects(other, states[-1], given.subjects))


def yield_lines(lines: Iterator[Line]) -> None:
    """Print lines as they come."""
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)


def _recorded(policy: Path, state: str | None, processes: int, rounds: int) -> Iterator[Line]:
    rounds = rounds if processes == 1 else max(100, rounds // 4)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        runs = list(
            pool.map(_one_host, *zip(*[(str(policy), state, at, rounds) for at in range(processes)], strict=True))
        )
    floor = sorted(seconds for run in runs for seconds in run[0])
    ours = sorted(seconds for run in runs for seconds in run[1])
    rate = sum(len(run[1]) / sum(run[1]) for run in runs)
    ratio = f"{median(ours) / median(floor):.2f}, p99 {_p99(ours) / _p99(floor):.2f}"
    name = "file" if state is None else StateURL.parse(state).dialect
    yield (
        f"{name}, {processes} process{'es' if processes > 1 else ''}",
        f"{median(ours) * 1e3:.2f} ms, p99 {_p99(ours) * 1e3:.2f} ms, {rate:,.0f} outcomes/s",
        f"{ratio} × one row ({median(floor) * 1e3:.2f} ms)",
        "3 ×" if state else "",
    )


def _escalated(policy: Path, state: str | None, processes: int, rounds: int) -> Iterator[Line]:
    """Yield the time of the third failure of a subject, which escalates it; the other two are not timed."""
    rounds = max(100, rounds // 4) // (1 if processes == 1 else 2)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        hosts = [(str(policy), state, at, rounds) for at in range(processes)]
        runs = list(pool.map(_one_escalating_host, *zip(*hosts, strict=True)))
    floor = sorted(seconds for run in runs for seconds in run[0])
    ours = sorted(seconds for run in runs for seconds in run[1])
    name = "file" if state is None else StateURL.parse(state).dialect
    yield (
        f"{name}, {processes} process{'es' if processes > 1 else ''}, an escalation",
        f"{median(ours) * 1e3:.2f} ms, p99 {_p99(ours) * 1e3:.2f} ms",
        f"{median(ours) / median(floor):.2f}, p99 {_p99(ours) / _p99(floor):.2f} × one row "
        f"({median(floor) * 1e3:.2f} ms, p99 {_p99(floor) * 1e3:.2f} ms)",
        "4 × / p99 8 ×" if state else "",
    )


def _drained(policy: Path, state: str, count: int) -> Iterator[Line]:
    """Yield the rate at which outcomes that have waited reach the database: failures, every third an escalation."""
    url = StateURL.parse(state)
    run, spool = uuid4().hex, Spool(host_file(policy, f"spool-{url.digest}", fixed=False))
    for at in range(count):
        report = Report(Subject(f"{run}-{at // 3}", "role_0"), None, {}, failed=True, error="no plan")
        spool.append(Queued(uuid4().hex, int(time()), 0, report))
    started = perf_counter()
    with Resolver.open(policy, state=state):
        while spool.depth():
            sleep(0.01)
        seconds = perf_counter() - started
    spool.close()
    yield f"{url.dialect}, outcomes that waited", f"{count / seconds:,.0f} a second", "", "1,000 a second"


def _p99(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.99)]


def _one_host(policy: str, state: str | None, number: int, rounds: int) -> tuple[list[float], list[float]]:
    """Write a row and report a failure, in turns; every second one is of a subject that has failed once."""
    logging.getLogger("resolver").setLevel(logging.ERROR)
    upsert, close = _floor(policy, state)
    run = f"{number}-{perf_counter()}"
    floor, ours = [], []
    with Resolver.open(policy, state=state) as resolver:
        for at in range(-20, rounds):
            started = perf_counter()
            upsert(f"{run}-{at // 2}", at)
            between = perf_counter()
            resolver.record_failure(f"{run}-{at // 2}", "role_0", error="no plan")
            ended = perf_counter()
            if at >= 0:
                floor.append(between - started)
                ours.append(ended - between)
    close()
    return floor, ours


def _one_escalating_host(policy: str, state: str | None, number: int, rounds: int) -> tuple[list[float], list[float]]:
    """Write a row and report the failure that escalates a new subject, in turns."""
    logging.getLogger("resolver").setLevel(logging.ERROR)
    upsert, close = _floor(policy, state)
    run = f"{number}-{perf_counter()}"
    floor, ours = [], []
    with Resolver.open(policy, state=state) as resolver:
        for at in range(-5, rounds):
            triad = f"{run}-{at}"
            for _ in range(2):
                resolver.record_failure(triad, "role_0", error="no plan")
            started = perf_counter()
            upsert(triad, at)
            between = perf_counter()
            outcome = resolver.record_failure(triad, "role_0", error="no plan")
            ended = perf_counter()
            if outcome.effect != "escalate":
                sys.exit(f"the third failure of {triad} did not escalate: `{outcome.effect}`")
            if at >= 0:
                floor.append(between - started)
                ours.append(ended - between)
    close()
    return floor, ours


def _floor(policy: str, state: str | None) -> tuple[Callable[[str, int], object], Callable[[], object]]:
    """Return what writes one row by the driver alone, as durable as the store is, and what ends that."""
    if state is None or state.startswith("sqlite"):
        path = Path(policy).parent / "floor.db" if state is None else Path(state.removeprefix("sqlite:///"))
        connection: Any = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if state is None else 'FULL'}")
        statement = _UPSERTS["sqlite"]
    else:
        raw = create_engine(StateURL.parse(state).url, isolation_level="AUTOCOMMIT").raw_connection()
        connection, statement = raw.driver_connection, _UPSERTS[StateURL.parse(state).dialect]
        raw.detach()
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS floor (k VARCHAR(64) PRIMARY KEY, v VARCHAR(200), n INTEGER)")
    return lambda key, at: cursor.execute(statement, (key, "x" * 100, at)), connection.close


def _resolving(policy: Path, states: list[str]) -> Iterator[Line]:
    asked = requests(large_rows(10, 0), listed=True)
    with Resolver.open(policy) as file:
        for state in states:
            with Resolver.open(policy, state=state) as shared:
                time_decisions([file.resolve, shared.resolve], asked, 100)
                one, other = time_decisions([file.resolve, shared.resolve], asked, 2_000)
            name = StateURL.parse(state).dialect
            ratio = f"{other.p50 / one.p50:.2f}, p99 {other.p99 / one.p99:.2f} × the file store"
            yield f"a decision, state in {name}", f"{other.p50 / 1000:.3f} µs", ratio, "1.05 ×"


def _subjects(policy: Path, state: str, count: int) -> Iterator[Line]:
    engine = create_engine(StateURL.parse(state).url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM resolver_subject"))
        rest = {"version": 1, "generation": 1, "entry": "reasoning", "strikes": 0, "errors": "[]"}
        for first in range(0, count, 10_000):
            some = ((f"triad_{at}", f"role_{at % 10}", at) for at in range(first, min(count, first + 10_000)))
            rows = [
                {"id": sha256(f"{t}:{r}".encode()).hexdigest(), "triad": t, "role": r, "changed": at + 1, **rest}
                for t, r, at in some
            ]
            connection.execute(insert(SUBJECT), rows)
        connection.execute(CLOCK.update().values(at=count))
    engine.dispose()
    command = [sys.executable, "-c", _MILLION, str(policy), state]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if found["entries"] != count:
        sys.exit(f"{found['entries']} of {count} entries were loaded")
    name = StateURL.parse(state).dialect
    yield f"{count:,} subjects in {name}: memory", f"{found['bytes'] / count:.0f} bytes each", "", ""
    yield "… to open them", f"{found['seconds']:.1f} s", "", ""
    asked = [(f"triad_{at * 7 % count}", f"role_{at * 7 % 10}", None) for at in range(100)]
    with Resolver.open(policy) as file, Resolver.open(policy, state=state) as shared:
        one, other = time_decisions([file.resolve, shared.resolve], asked, 1_000)
    yield "… a decision", f"{other.p50 / 1000:.3f} µs", f"{other.p50 / one.p50:.2f} × the file store with none", "flat"


if __name__ == "__main__":
    main()
