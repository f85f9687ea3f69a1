"""Hosts with policies of another ladder share a state."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver import Resolver
from tests.state.conftest import Place
from tests.state.own import STATE, fail
from tests.state.sql.waiting import until

LONGER = (
    ("ladder: [fast, general, reasoning]", "ladder: [fast, general, reasoning, expert]"),
    ("  tiers:\n", "  tiers:\n    expert:\n      description: The best.\n      providers: {cerebras: big}\n"),
)


def lengthen(policy: Path) -> None:
    """Add a tier at the top of a policy's ladder."""
    file = policy / STATE
    text = file.read_text()
    for old, new in LONGER:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)


def tier(resolver: Resolver) -> str:
    return resolver.resolve("layout", "worker_a", phase="execution").tier


@pytest.mark.slow
def test_unknown_tier_is_the_top_of_the_own_ladder(shared: Place, caplog: pytest.LogCaptureFixture) -> None:
    """A host with the shorter ladder runs an agent on its best tier, also after a restart, and may report it."""
    lengthen(shared.policy(1))
    with shared.open(1) as new:
        with shared.open(0) as old:
            fail(new, times=3)
            until(lambda: tier(old) == "reasoning", 10)
            fail(new, times=3)
            assert tier(new) == "expert"
            old.escalations()
            assert tier(old) == "reasoning"
        with shared.open(0) as restarted:
            assert tier(restarted) == "reasoning"
            assert str(fail(restarted)[0].effect) == "count"
            assert [str(outcome.effect) for outcome in fail(restarted, times=2)][-1] in {"hold", "escalate"}
            new.escalations()
            assert tier(new) == "expert", "a shorter ladder lowers nobody"
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.slow
def test_ladders_in_turns(shared: Place) -> None:
    """The host with the longer ladder restarts last: the agent is where it left it."""
    lengthen(shared.policy(1))
    with shared.open(1) as new:
        fail(new, times=6)
        assert tier(new) == "expert"
    with shared.open(0) as old:
        assert tier(old) == "reasoning"
        fail(old, times=3)
    with shared.open(1) as again:
        assert tier(again) == "expert"
