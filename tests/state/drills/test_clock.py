"""A host whose clock is wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from tests.state.conftest import Place
from tests.state.drills.deciding import Deciding
from tests.state.own import fail

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
KEYS = 30
AHEAD = """
import sys, time
real = time.time
time.time = lambda: real() + 9 * 86400
from resolver import Resolver
with Resolver.open(sys.argv[1], state=sys.argv[2]) as resolver:
    resolver.record_failure("other", "worker_a", error="ahead")
    time.sleep(2)
"""


def test_clock_nine_days_ahead_deletes_nobody_elses_keys(served: Place, deciding: Deciding) -> None:
    """The age of a key is measured by the clock of the server."""
    with served.open() as host, deciding(host):
        for number in range(KEYS):
            fail(host, triad=f"t{number}")
        command = [sys.executable, "-W", "ignore", "-c", AHEAD, str(served.policy(1)), str(served.url(1))]
        subprocess.run(command, check=True, timeout=60)
        assert keys(served.owner) == KEYS + 1


def keys(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT COUNT(*) FROM resolver_outcome")).scalar_one()
    engine.dispose()
    return count
