"""Whether each outcome was counted exactly once; each is a failure whose error is a number of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from resolver import Resolver
from resolver.state.sql.spool import Spool
from tests.state.sql.waiting import until

DEADLINE = 5.0
"""Seconds that a report may wait for the database, if the URL does not say otherwise."""

SLACK = 1.5
"""Seconds that a busy machine may add."""

T = TypeVar("T")


def timed(call: Callable[[], T], seconds: float) -> tuple[T, float]:
    """Return what a call returns and how long it took; an error if it takes longer than `seconds`."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    started = time.monotonic()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    took = time.monotonic() - started
    assert not thread.is_alive(), f"it has not ended after {took:.1f} s"
    if errors:
        raise errors[0]
    return results[0], took


def counts(resolver: Resolver) -> Counter[str]:
    """Return how often each outcome was counted, in an event or a streak."""
    counted = Counter(error for event in resolver.history() for error in event.errors)
    return counted + Counter(error for streak in resolver.streaks().values() for error in streak.errors)


def check_counts(resolver: Resolver, acknowledged: Iterable[str], doubtful: Collection[str] = ()) -> None:
    """Fail unless each acknowledged outcome was counted once, and no other but for doubtful ones."""
    counted = counts(resolver)
    assert {error: times for error, times in counted.items() if times > 1} == {}, "counted twice"
    assert set(acknowledged) - set(counted) == set(), "lost"
    assert set(counted) - set(acknowledged) - set(doubtful) == set(), "nobody reported these"


def waiting(resolver: Resolver) -> int:
    """Return how many outcomes of the resolver's host wait in its spool."""
    spool: Spool = resolver._store._spool  # type: ignore[attr-defined]
    return spool.depth()


def delivered(*resolvers: Resolver, seconds: float = 20) -> None:
    """Wait until no outcome of these hosts waits for the database."""
    until(lambda: not any(map(waiting, resolvers)), seconds)


def agree(*resolvers: Resolver, seconds: float = 10) -> None:
    """Wait until these hosts have the same entries and decide alike."""

    def is_alike() -> bool:
        entries = [dict(resolver.escalations()) for resolver in resolvers]
        tiers = [[host.resolve(subject.triad, subject.role).tier for subject in entries[0]] for host in resolvers]
        return all(one == entries[0] for one in entries) and all(one == tiers[0] for one in tiers)

    until(is_alike, seconds)
