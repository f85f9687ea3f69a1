"""What is left to record of a run: everything that models have not observed, each thing once."""

from __future__ import annotations

from itertools import product

import pytest

from resolver.agents.failure_kinds import Kind
from resolver.agents.runs import RunLog
from resolver.agents.turn import Failure, Turn
from resolver.domain import Decision, Subject

SUBJECT = Subject("layout", "worker_a")
DECISION = Decision("general", "role_default", "", {}, "0")
FAILURE = Failure(Kind.TASK, "no plan")
OBSERVED = ("nothing", "success", "failure", "no provider")


def turn(what: str) -> Turn:
    made = Turn(SUBJECT, None, DECISION, ("run",))
    made.ended = True
    made.failure = FAILURE if what == "failure" else None
    made.unserved = what == "no provider"
    return made


@pytest.mark.parametrize(("observed", "expected", "failed"), [*product(OBSERVED, (False, True), (False, True))])
def test_what_a_run_is_still_recorded_as(observed: str, *, expected: bool, failed: bool) -> None:
    """A failure of a run counts unless a model has reported one; a success counts unless a model has reported it."""
    log = RunLog()
    if expected:
        log.expect("run", SUBJECT)
    holds = observed != "nothing" and log.observe(turn(observed))
    assert holds == (expected and observed == "success")
    with log.settling("run", SUBJECT, FAILURE if failed else None) as left:
        if observed in ("failure", "no provider") or (observed == "success" and not holds and not failed):
            assert left is None
        else:
            assert left is not None
            assert left.failure == (FAILURE if failed else None)
            assert (left.turn is not None) == holds
    with log.settling("run", SUBJECT, FAILURE) as again:
        assert again is None


def test_a_run_that_could_not_be_recorded_is_left_again() -> None:
    """The failure is not lost with the first try."""
    log = RunLog()
    with pytest.raises(OSError, match="full"), log.settling("run", SUBJECT, FAILURE):
        raise OSError("full")
    with log.settling("run", SUBJECT, FAILURE) as left:
        assert left is not None
        assert left.failure == FAILURE
