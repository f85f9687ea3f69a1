"""The model-based machine holds through HTTP as it does without."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from resolver import Resolver
from resolver.loader import shipped_policy
from resolver.testing import PolicyMachine
from tests.server.through_http import ThroughHttp
from tests.small_policies import policy_data, written

EXAMPLES = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 3
SHORT = settings(max_examples=EXAMPLES, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))


class Served(PolicyMachine):
    """A policy whose decisions and outcomes go through a server."""

    def opened(self) -> Resolver:
        """Serve the policy, and ask the server."""
        return cast("Resolver", ThroughHttp(super().opened()))


@pytest.mark.slow
def test_shipped_policy() -> None:
    class Shipped(Served):
        policy = shipped_policy()

    run_state_machine_as_test(Shipped, settings=SHORT)


@pytest.mark.slow
def test_facts_and_two_tiers(tmp_path: Path) -> None:
    def rule(pri: int, condition: object, run: object) -> object:
        return {"pri": pri, "all": [{"m": condition}], "run": run}

    failure = {"result": "failure"}
    tier = {
        "entry": rule(5, {"$ex": {"escalated_tier": 1}}, {"tier": {"$m": "escalated_tier"}}),
        "dear": rule(7, {"$and": [{"triad": "dear"}, {"$gte": {"size": 3}}]}, {"tier": "top"}),
        "rest": rule(9, {"$ex": {"role": 1}}, {"tier": "low"}),
    }
    outcome = {
        "good": rule(1, {"result": "success"}, "reset"),
        "full": rule(2, {"$and": [failure, {"$nex": {"raised_tier": 1}}]}, "hold"),
        "up": rule(3, {"$and": [failure, {"$gte": {"strikes": 2}}]}, {"escalate_to": {"$m": "raised_tier"}}),
        "bad": rule(4, failure, "count"),
    }
    facts = {"size": {"integer": True}, "mood": {"values": ["<b>high</b>", "../low"]}}
    path = written(tmp_path, policy_data(tier, outcome, facts, ladder=["low", "top"]))

    class Other(Served):
        policy = path

    run_state_machine_as_test(Other, settings=SHORT)
