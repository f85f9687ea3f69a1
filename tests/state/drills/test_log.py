"""The log says once that the database is away, and once that it is back and what became of the outcomes."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path

import pytest

from tests.servers import Server
from tests.state.conftest import SHARED, place_on
from tests.state.drills.counting import delivered
from tests.state.drills.deciding import Deciding
from tests.state.own import fail
from tests.state.sql.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

REPORTS = 20
LONGEST_LINE = 500


@pytest.mark.parametrize("kind", SHARED[1:])
def test_one_line_when_it_goes_and_one_when_it_is_back(
    kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    deciding: Deciding,
) -> None:
    server: Server = request.getfixturevalue(kind)
    place = place_on(server, tmp_path)
    caplog.set_level(logging.INFO, "resolver")
    with place.open() as host:
        fail(host)
        caplog.clear()
        with deciding(host):
            server.stop(signal.SIGKILL)
            try:
                time.sleep(2)
                for number in range(REPORTS):
                    assert str(fail(host, f"role{number % 10}")[0].effect) == "queued"
                    time.sleep(0.05)
            finally:
                server.start()
            delivered(host)
            until(lambda: "is back" in caplog.text, 10)
            time.sleep(1)
    records = [record for record in caplog.records if record.name == "resolver"]
    shown = [(record.levelname, record.getMessage()) for record in records]
    assert [record for record in records if record.exc_info] == []
    assert [level for level, _ in shown] == ["WARNING", "INFO"], shown
    assert max(len(message) for _, message in shown) < LONGEST_LINE
    assert f"delivered: {REPORTS}" in shown[1][1]
    assert "put aside: 0" in shown[1][1]
