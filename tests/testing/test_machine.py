"""The state machine holds for good policies, and finds what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from resolver import Resolver
from resolver.loader import shipped_policy
from resolver.table import Answer
from resolver.testing import PolicyMachine
from tests.small_policies import policy_data, written

SHORT = settings(max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))


class Shipped(PolicyMachine):
    """The shipped policy, whatever happens."""

    policy = shipped_policy()


Shipped.TestCase.settings = SHORT
TestShipped = pytest.mark.slow(Shipped.TestCase)


def _rule(pri: int, condition: Any, run: Any) -> Any:
    return {"pri": pri, "all": [{"m": condition}], "run": run}


@pytest.mark.slow
def test_facts_triads_and_other_ladders(tmp_path: Path) -> None:
    """A policy with facts of its own, a rule about a triad and two tiers is walked through as well."""
    failure = {"result": "failure"}
    tier = {
        "entry": _rule(5, {"$ex": {"escalated_tier": 1}}, {"tier": {"$m": "escalated_tier"}}),
        "dear": _rule(7, {"$and": [{"triad": "dear"}, {"$gte": {"size": 3}}]}, {"tier": "top"}),
        "wish": _rule(8, {"mood": "high"}, {"tier": "top"}),
        "rest": _rule(9, {"$ex": {"role": 1}}, {"tier": "low"}),
    }
    outcome = {
        "good": _rule(1, {"result": "success"}, "reset"),
        "full": _rule(2, {"$and": [failure, {"$nex": {"raised_tier": 1}}]}, "hold"),
        "up": _rule(3, {"$and": [failure, {"$gte": {"strikes": 2}}]}, {"escalate_to": {"$m": "raised_tier"}}),
        "bad": _rule(4, failure, "count"),
    }
    facts = {"size": {"integer": True}, "mood": {"values": ["high", "low"]}}
    path = written(tmp_path, policy_data(tier, outcome, facts, ladder=["low", "top"]))

    class Other(PolicyMachine):
        policy = path

    run_state_machine_as_test(Other, settings=SHORT)


@pytest.mark.slow
def test_it_finds_an_agent_that_is_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    """If an escalation were forgotten, the machine would show how."""
    escalations = Resolver.escalations
    resolve = Resolver.resolve

    def forgetful(self: Resolver, triad: str, role: str, **more: Any) -> Any:
        decision = resolve(self, triad, role, **more)
        table = self.table
        if len(escalations(self)) > 0 and decision.tier == table.policy.model_tiers.ladder.top:
            return table.index.decision(Answer(table.policy.model_tiers.ladder.tiers[0], table.tier.rules[0]))
        return decision

    monkeypatch.setattr(Resolver, "resolve", forgetful)
    many = settings(SHORT, max_examples=100, stateful_step_count=30, database=None, phases=[Phase.generate])
    with pytest.raises(AssertionError, match=r"was lowered to|which is in force, was ignored"):
        run_state_machine_as_test(Shipped, settings=many)
