"""Time a contender and bare dictionaries by turns, so that whatever else the machine does hits both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from time import perf_counter, perf_counter_ns

from benchmarks.peers.jobs import Timed
from benchmarks.rows import Request

Ask = Callable[..., object]


def time_turns(
    decide: Ask, bare: Ask, requests: Sequence[Request], *, rounds: int, batches: int, seconds: float
) -> Timed:
    """Return the times of `rounds` rounds of `batches` batches; fewer if a round would take longer than `seconds`.

    A batch is all requests, and for a contender that takes longer than 20 µs a tenth of them: not fewer, for what is
    asked differs in what it costs.
    """
    each = _estimate(decide, requests)
    size = len(requests) if each < 20e-6 else max(1, len(requests) // 10)
    batches = max(3, min(batches, ceil(seconds / (each * size))))
    parts = [requests[at : at + size] for at in range(0, len(requests), size)]
    timed = Timed([], [], [], [], batches, size)
    for _ in range(rounds):
        theirs, dictionaries, empty = [], [], []
        for at in range(batches):
            empty.append(_time_nothing(requests))
            dictionaries.append(_time(bare, requests))
            theirs.append(_time(decide, parts[at % len(parts)]))
        loop = _percentile(empty, 0.5)
        timed.p50.append(_percentile(theirs, 0.5) - loop)
        timed.p99.append(_percentile(theirs, 0.99) - loop)
        timed.bare_p50.append(_percentile(dictionaries, 0.5) - loop)
        timed.bare_p99.append(_percentile(dictionaries, 0.99) - loop)
    return timed


def _estimate(decide: Ask, requests: Sequence[Request]) -> float:
    """Return about how many seconds a decision takes, once it is warm."""
    started, asked = perf_counter(), 0
    while asked < 2_000 and perf_counter() - started < 0.2:
        triad, role, phase = requests[asked % len(requests)]
        decide(triad, role, phase=phase)
        asked += 1
    return (perf_counter() - started) / asked


def _time(decide: Ask, requests: Sequence[Request]) -> float:
    started = perf_counter_ns()
    for triad, role, phase in requests:
        decide(triad, role, phase=phase)
    return (perf_counter_ns() - started) / len(requests)


def _time_nothing(requests: Sequence[Request]) -> float:
    started = perf_counter_ns()
    for _triad, _role, _phase in requests:
        pass
    return (perf_counter_ns() - started) / len(requests)


def _percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all do not exceed."""
    return sorted(values)[ceil(len(values) * share) - 1]
