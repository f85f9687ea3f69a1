"""Load and prove a policy, without serving it."""

from __future__ import annotations

from pathlib import Path

from resolver.serving.live_policy import LivePolicy
from resolver.table import DecisionTable


def load_and_prove(path: Path) -> DecisionTable:
    """Return the decision table of the policy at `path`, which is not written to.

    Raises:
        PolicyError: The policy is wrong. The error has every problem, including those that the prover finds.
        ResolverError: There is no policy to read.
    """
    return LivePolicy(path, fixed=True).table
