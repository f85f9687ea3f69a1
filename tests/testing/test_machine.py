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
from tests.small_policies import two_tiers

SHORT = settings(max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))


class Shipped(PolicyMachine):
    """The shipped policy, whatever happens."""

    policy = shipped_policy()


Shipped.TestCase.settings = SHORT
TestShipped = pytest.mark.slow(Shipped.TestCase)


@pytest.mark.slow
def test_facts_triads_and_other_ladders(tmp_path: Path) -> None:
    """A policy with facts of its own, a rule about a triad and two tiers is walked through as well."""
    path = two_tiers(tmp_path, moods=("high", "low"))

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
