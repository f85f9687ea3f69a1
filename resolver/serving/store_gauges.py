"""Gauges of the health of all stores in this process, read once per collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Protocol
from weakref import WeakSet

from resolver.domain import StoreHealth
from resolver.forks import RenewedLock
from resolver.frozen import frozen

_SECONDS_FRESH = 5.0
"""Seconds after which health that was read is read again, whichever gauge asks."""

Values = dict[str, float]
"""The value of a gauge for each state."""


class WithHealth(Protocol):
    """A store with a health."""

    def health(self) -> StoreHealth:
        """Return the health, without waiting."""


@frozen
class Gauge:
    """A gauge: its name, unit and description, and its values for the health of all stores."""

    name: str
    unit: str
    description: str
    values: Callable[[list[StoreHealth]], Values]


class StoreGauges:
    """The gauges of the stores that are watched.

    An SDK calls each gauge once per collection. A gauge that is called again therefore begins a new collection, and
    the health of each store is read again then; the other gauges of the collection share it.
    """

    def __init__(self) -> None:
        self._stores: WeakSet[WithHealth] = WeakSet()
        self._lock = RenewedLock()
        self._read: list[StoreHealth] = []
        self._read_at = 0.0
        self._served: set[str] = set()

    def watch(self, store: WithHealth) -> None:
        """Include `store` in the gauges, as long as it exists."""
        self._stores.add(store)

    def values(self, gauge: Gauge) -> Values:
        """Return the values of a gauge, of this collection."""
        return gauge.values(self._health(gauge.name))

    def _health(self, name: str) -> list[StoreHealth]:
        with self._lock:
            if name in self._served or not self._served or monotonic() > self._read_at + _SECONDS_FRESH:
                self._read = [store.health() for store in list(self._stores)]
                self._read_at = monotonic()
                self._served.clear()
            self._served.add(name)
            return self._read


def _reachable(read: list[StoreHealth]) -> Values:
    found: Values = {}
    for health in read:
        if health.reachable is not None:
            found[health.where] = min(found.get(health.where, 1), int(health.reachable))
    return found


def _age(read: list[StoreHealth]) -> Values:
    return _largest((health.where, health.refresh_age) for health in read)


def _revision(read: list[StoreHealth]) -> Values:
    found: Values = {}
    for health in read:
        if health.revision is not None:
            found[health.where] = min(found.get(health.where, health.revision), health.revision)
    return found


def _lag(read: list[StoreHealth]) -> Values:
    return _largest((health.where, health.lag) for health in read)


def _queued(read: list[StoreHealth]) -> Values:
    return _sum_of_spools((health.where, health.spool, health.queued) for health in read)


def _put_aside(read: list[StoreHealth]) -> Values:
    return _sum_of_spools((health.where, health.spool, health.put_aside) for health in read)


def _connections(read: list[StoreHealth]) -> Values:
    found: Values = {}
    for health in read:
        if health.reachable is not None:
            found[health.where] = found.get(health.where, 0) + health.connections
    return found


def _largest(values: Iterable[tuple[str, float | None]]) -> Values:
    found: Values = {}
    for where, value in values:
        if value is not None:
            found[where] = max(found.get(where, value), value)
    return found


def _sum_of_spools(values: Iterable[tuple[str, str, int]]) -> Values:
    """Return the sum for each state over its spools; two resolvers of a process may share a spool."""
    spools = {(where, spool): number for where, spool, number in values if spool}
    found: Values = {}
    for (where, _), number in spools.items():
        found[where] = found.get(where, 0) + number
    return found


GAUGES = (
    Gauge("resolver.state.reachable", "{state}", "1 if the database answered last time, else 0", _reachable),
    Gauge("resolver.state.refresh.age", "s", "time since the database was read last", _age),
    Gauge("resolver.state.revision", "{change}", "changes of entries that this process knows", _revision),
    Gauge("resolver.state.lag", "{change}", "changes of entries that this process has not read yet", _lag),
    Gauge("resolver.state.connections", "{connection}", "open connections of this process", _connections),
    Gauge("resolver.spool.depth", "{outcome}", "outcomes that wait for the database", _queued),
    Gauge("resolver.spool.put_aside", "{outcome}", "outcomes in the spool that cannot be written", _put_aside),
)
"""All gauges."""
