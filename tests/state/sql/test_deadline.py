"""No report waits longer than its deadline, whatever the server does."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest
from sqlalchemy import create_engine, text

from resolver import Resolver
from tests.servers import Server
from tests.state.conftest import SHARED, place_of
from tests.state.own import fail
from tests.state.sql.cut_off import depth
from tests.state.sql.waiting import until

DEADLINE = 5.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED[1:])
def test_a_server_that_is_stopped(kind: str, tmp_path: object, request: pytest.FixtureRequest) -> None:
    """`Past the deadline the outcome is queued`, also asynchronously; close is quick, and each outcome counts once."""
    server: Server = request.getfixturevalue(kind)
    place = place_of(kind, tmp_path, request.getfixturevalue)  # type: ignore[arg-type]
    with place.open(0) as resolver, place.open(1) as other:
        fail(resolver)
        with server.frozen():
            started = monotonic()
            assert [str(outcome.effect) for outcome in fail(resolver, times=2)] == ["queued", "queued"]
            assert monotonic() - started < DEADLINE + 1.5, "only the first one waits"
            assert str(asyncio.run(other.arecord_failure("other", "worker_a")).effect) == "queued"
            assert resolver.resolve("layout", "worker_a").tier == "general"
            started = monotonic()
            other.close()
            assert monotonic() - started < 2
        until(lambda: depth(place) == 0, 30)
        until(lambda: resolver.resolve("layout", "worker_a").tier == "reasoning", 5)
        assert [event.what for event in resolver.history()] == ["escalate"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED[1:])
def test_somebody_holds_the_clock(kind: str, tmp_path: object, request: pytest.FixtureRequest) -> None:
    """An escalation is queued then; failures that only count go on, and the escalation comes afterwards."""
    place = place_of(kind, tmp_path, request.getfixturevalue)  # type: ignore[arg-type]
    engine = create_engine(place.owner)
    with place.open() as resolver:
        fail(resolver, times=2)
        with engine.connect() as connection:
            connection.execute(text("UPDATE resolver_clock SET at = at"))
            started = monotonic()
            assert str(fail(resolver)[0].effect) == "queued"
            assert monotonic() - started < DEADLINE + 1.5
            others = iter(range(1_000))
            until(lambda: str(resolver.record_failure(f"triad{next(others)}", "peer_1").effect) == "count", 5)
            connection.rollback()
        until(lambda: resolver.resolve("layout", "worker_a").tier == "reasoning", 15)
        assert [event.what for event in resolver.history()] == ["escalate"]
    engine.dispose()


@pytest.mark.slow
def test_an_idle_process_holds_one_connection(postgresql: Server, tmp_path: object) -> None:
    place = place_of("postgresql", tmp_path, lambda _: postgresql)  # type: ignore[arg-type]
    engine = create_engine(postgresql.root)
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
    name = place.owner.rpartition("/")[2]
    opened: list[Resolver] = [place.open(host) for host in range(3)]
    for resolver in opened:
        fail(resolver)

    def connections() -> int:
        with engine.connect() as connection:
            return int(connection.execute(count, {"name": name}).scalar_one())

    until(lambda: connections() == len(opened), 20)
    for resolver in opened:
        resolver.close()
    until(lambda: connections() == 0, 5)
    engine.dispose()
