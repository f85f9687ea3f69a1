"""Time several contenders in turns, so that whatever else the machine does hits all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter_ns

from benchmarks.rows import Request


@dataclass(frozen=True)
class Timing:
    """Nanoseconds a decision: the median and the 99th percentile of batches of decisions."""

    p50: float
    p99: float


def time_decisions(
    contenders: Sequence[Callable[..., object]], requests: Sequence[Request], rounds: int
) -> list[Timing]:
    """Return the timing of each contender over `requests`, one batch of all requests in each round."""
    batches: list[list[float]] = [[] for _ in contenders]
    empty: list[float] = []
    for _ in range(rounds):
        started = perf_counter_ns()
        for _triad, _role, _phase in requests:
            pass
        empty.append(perf_counter_ns() - started)
        for at, decide in enumerate(contenders):
            started = perf_counter_ns()
            for triad, role, phase in requests:
                decide(triad, role, phase=phase)
            batches[at].append(perf_counter_ns() - started)
    loop = median(empty)
    return [_timing([(batch - loop) / len(requests) for batch in timed]) for timed in batches]


def _timing(decisions: list[float]) -> Timing:
    return Timing(median(decisions), quantiles(decisions, n=100)[-1])
