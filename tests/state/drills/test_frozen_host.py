"""A host that is frozen at any moment keeps no other host from its work, and counts nothing twice when it goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.state.conftest import Place
from tests.state.drills.counting import DEADLINE, SLACK, agree, check_counts, delivered, timed
from tests.state.drills.deciding import Deciding
from tests.state.drills.remote import RemoteHost
from tests.state.own import fail

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

FREEZES = 25
ESCALATIONS = 15
"""Escalations that the host is told to make for each freeze, so that it is always in one."""


def test_reports_go_on_while_a_host_is_frozen(
    served: Place, tmp_path: Path, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """`SIGSTOP` in the middle of an escalation: other hosts escalate and count within the deadline of a report."""
    choose = random.Random(7)
    reported: list[str] = []
    longest = 0.0
    with RemoteHost(served.policy(1), served.url(1), tmp_path / "frozen.log") as frozen, served.open(0) as host:
        with deciding(host, "other0", "other9"):
            for freeze in range(FREEZES):
                for number in range(ESCALATIONS):
                    errors = [f"frozen-{freeze}-{number}-{at}" for at in range(3)]
                    frozen.tell("fail", f"own{freeze}-{number}", *errors)
                    reported += errors
                time.sleep(choose.uniform(0.001, 0.04))
                frozen.freeze()
                for at in range(3):
                    error = f"other-{freeze}-{at}"

                    def report(triad: str = f"other{freeze}", error: str = error) -> str:
                        return str(host.record_failure(triad, "worker_a", error=error).effect)

                    effect, took = timed(report, DEADLINE + SLACK)
                    assert effect in {"count", "escalate", "queued"}
                    reported.append(error)
                    longest = max(longest, took)
                frozen.go_on()
                for _ in range(ESCALATIONS):
                    effects = frozen.answer()
                    assert isinstance(effects, list)
                    assert set(effects) <= {"count", "escalate", "queued"}
        record_property("longest_report_s", round(longest, 3))
        delivered(host)
        with served.open(1) as other:  # the frozen host's spool, too, if it had to wait
            delivered(other)
            agree(host, other)
        check_counts(host, reported)


def test_foreign_lock_on_the_clock_delays_escalations_and_nothing_else(
    served: Place, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """A session that nobody can end holds the row that every escalation locks: they wait in the spool, no longer than
    a report may take, while hosts that only count do not notice.
    """
    engine = create_engine(served.owner)
    with served.open(0) as host, served.open(1) as counting, deciding(host):
        fail(host, times=2)
        with engine.connect() as foreign:
            foreign.execute(text("UPDATE resolver_clock SET at = at"))
            outcome, took = timed(lambda: host.record_failure("layout", "worker_a", error="last"), DEADLINE + SLACK)
            record_property("longest_report_s", round(took, 3))
            assert str(outcome.effect) == "queued"
            outcomes, took = timed(lambda: fail(counting, "peer_1", times=2), 2)
            print(f"two failures that only count: {took:.3f} s")
            assert [str(outcome.effect) for outcome in outcomes] == ["count", "count"]
            foreign.rollback()
        delivered(host)
        assert [event.errors for event in host.history()] == [("error 0", "error 1", "last")]
        agree(host, counting)
    engine.dispose()
