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
from tests.small_policies import two_tiers

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
    path = two_tiers(tmp_path, moods=("<b>high</b>", "../low"))

    class Other(Served):
        policy = path

    run_state_machine_as_test(Other, settings=SHORT)
