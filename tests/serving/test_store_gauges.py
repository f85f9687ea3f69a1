"""The health of a store is read once per collection, and combined for stores of one state."""

from __future__ import annotations

from datetime import timedelta

from resolver.domain import StoreHealth
from resolver.serving.store_gauges import GAUGES, StoreGauges
from resolver.state import now

TIME = now()
BY_NAME = {gauge.name: gauge for gauge in GAUGES}


class Fake:
    """A store with this health, which counts how often it is read."""

    def __init__(self, health: StoreHealth) -> None:
        self.value = health
        self.reads = 0

    def health(self) -> StoreHealth:
        self.reads += 1
        return self.value


def database(where: str = "mysql://h/d", spool: str = "s", *, is_away: bool = False, age: float = 1) -> Fake:
    refresh = TIME - timedelta(seconds=age)
    return Fake(
        StoreHealth(
            kind="mysql",
            where=where,
            time=TIME,
            reachable=not is_away,
            revision=3,
            server_revision=5,
            spool=spool,
            queued=2,
            put_aside=1,
            last_refresh=refresh,
            connections=1,
        )
    )


def watched(*stores: Fake) -> StoreGauges:
    gauges = StoreGauges()
    for store in stores:
        gauges.watch(store)
    return gauges


def test_one_read_per_collection() -> None:
    """Each gauge is called once in a collection, in any order; the second call begins the next collection."""
    store = database()
    gauges = watched(store)
    for number, order in enumerate((GAUGES, GAUGES[::-1], GAUGES[2:] + GAUGES[:2]), start=1):
        for gauge in order:
            gauges.values(gauge)
        assert store.reads == number


def test_two_stores_of_one_state() -> None:
    """The worse of two is shown; a spool that two resolvers share counts once."""
    stores = [database(), database(is_away=True, age=9), database(spool="t"), database("mysql://h/other")]
    gauges = watched(*stores)
    values = {name: gauges.values(gauge)["mysql://h/d"] for name, gauge in BY_NAME.items()}
    assert values == {
        "resolver.state.reachable": 0,
        "resolver.state.refresh.age": 9,
        "resolver.state.revision": 3,
        "resolver.state.lag": 2,
        "resolver.state.connections": 3,
        "resolver.spool.depth": 4,
        "resolver.spool.put_aside": 2,
    }
    assert gauges.values(BY_NAME["resolver.spool.depth"])["mysql://h/other"] == 2


def test_a_file_has_no_values() -> None:
    """A file is neither reachable nor away, and nothing waits for it."""
    store = Fake(StoreHealth(kind="file", where="policy.yaml", time=TIME))
    gauges = watched(store)
    assert [gauge.name for gauge in GAUGES if gauges.values(gauge)] == []


def test_a_store_that_is_gone_is_not_measured() -> None:
    gauges = watched(database())
    assert gauges.values(BY_NAME["resolver.spool.depth"]) == {}
