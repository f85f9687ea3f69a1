"""A policy as it would serve: read, judged and proven."""

from __future__ import annotations

from pathlib import Path

from resolver.serving import LivePolicy
from resolver.table import DecisionTable


def judged(path: Path) -> DecisionTable:
    """Return the decision table of the policy at `path`, which is not written to.

    Raises PolicyError with every problem, those that the prover finds included, and ResolverError if there is nothing
    to read.
    """
    return LivePolicy(path, fixed=True).table
