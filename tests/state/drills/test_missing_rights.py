"""A right that the program should have and does not."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from resolver import ResolverError
from tests.servers import ROLE, Server
from tests.state.conftest import SHARED, place_on
from tests.state.drills.counting import delivered
from tests.state.drills.deciding import Deciding
from tests.state.own import fail

REVOKE = f"REVOKE INSERT ON resolver_history FROM {ROLE}"
GRANT = f"GRANT INSERT ON resolver_history TO {ROLE}"


@pytest.fixture(params=SHARED[1:])
def server(request: pytest.FixtureRequest) -> Server:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Server)
    return found


def test_missing_right_is_found_when_a_state_is_opened(server: Server, tmp_path: Path) -> None:
    """The error names the right and the table."""
    place = place_on(server, tmp_path)
    server.run(place.owner, REVOKE)
    with pytest.raises(ResolverError, match=r"(?i)insert.*resolver_history|resolver_history.*insert"):
        place.open()
    server.run(place.owner, GRANT)
    with place.open() as host:
        assert str(fail(host)[0].effect) == "count"


@pytest.mark.slow
def test_waiting_outcome_that_cannot_be_written_is_put_aside(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, deciding: Deciding
) -> None:
    """It is kept with its reason, and those behind it are delivered."""
    caplog.set_level("INFO", "resolver")
    place = place_on(server, tmp_path)
    with place.open() as host, deciding(host):
        fail(host, times=2)
        server.run(place.owner, REVOKE)
        server.stop(signal.SIGKILL)
        try:
            outcomes = fail(host) + fail(host, "worker_b", times=2)
            assert {str(outcome.effect) for outcome in outcomes} == {"queued"}
        finally:
            server.start()
        delivered(host)
        assert {subject.role: streak.strikes for subject, streak in host.streaks().items()} == {
            "worker_a": 2,
            "worker_b": 2,
        }
    assert caplog.text.count("cannot be written and is put aside") == 1
    assert [record for record in caplog.records if record.exc_info] == []
