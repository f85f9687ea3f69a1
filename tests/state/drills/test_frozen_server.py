"""A server that accepts connections and does not answer: outcomes wait in the spool, and nothing else waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import Resolver
from tests.servers import Server
from tests.state.conftest import SHARED, place_on, with_clusters
from tests.state.drills.counting import DEADLINE, SLACK, check_counts, delivered, timed
from tests.state.drills.deciding import Deciding
from tests.state.own import fail

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


@pytest.fixture(params=with_clusters(SHARED[1:]))
def server(request: pytest.FixtureRequest) -> Server:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Server)
    return found


def test_reports_are_queued_within_their_deadline(
    server: Server, tmp_path: Path, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """Also from asyncio; what was queued is counted once when the server goes on."""
    place = place_on(server, tmp_path)

    async def report(resolver: Resolver) -> list[str]:
        outcomes = [resolver.arecord_failure("layout", "worker_b", error=f"b{number}") for number in range(2)]
        return [str(outcome.effect) for outcome in await asyncio.gather(*outcomes)]

    with place.open() as host:
        fail(host, times=3)
        with deciding(host), server.frozen():
            outcome, took = timed(lambda: host.record_failure("layout", "peer_1", error="p"), DEADLINE + SLACK)
            record_property("longest_report_s", round(took, 3))
            assert str(outcome.effect) == "queued"
            effects, took = timed(lambda: asyncio.run(report(host)), DEADLINE + SLACK)
            print(f"two of asyncio: {took:.3f} s")
            assert effects == ["queued"] * 2
            started = time.monotonic()
            assert dict(host.escalations()), "the last known entries"
            assert time.monotonic() - started < DEADLINE + SLACK
        delivered(host)
        check_counts(host, ["error 0", "error 1", "error 2", "p", "b0", "b1"])


def test_close_is_quick(server: Server, tmp_path: Path) -> None:
    place = place_on(server, tmp_path)
    host = place.open()
    fail(host)
    with server.frozen():
        time.sleep(1)  # let the follower ask, and get no answer
        _, took = timed(host.close, DEADLINE + SLACK)
    print(f"close: {took:.3f} s")
    host.close()
