"""Checks of the policy: whether it loads and is proven, and its warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from resolver.domain import Policy
from resolver.facade.doctor.finding import Finding, ok, problem, warning
from resolver.facade.interrupted import interrupted_renaming


def policy_findings(where: Path, policy: Policy | None, reasons: Sequence[str]) -> Iterator[Finding]:
    """Yield what is found about the policy at `where`, which is None if it is refused, for these reasons."""
    if interrupted := interrupted_renaming(where):
        yield problem(f"{interrupted} was interrupted", "run the same `resolver rename` again, which finishes it")
    if policy is None:
        more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        yield problem(
            f"`{where}` is refused: {reasons[0] if reasons else 'it has errors'}{more}",
            f"run `resolver check --policies {where}` and correct the places that it shows",
        )
        return
    yield ok(f"`{where}` loads and is proven, revision {policy.revision}")
    if policy.warnings:
        number = len(policy.warnings)
        yield warning(
            f"the policy has {number} {'warning' if number == 1 else 'warnings'}",
            f"run `resolver check --policies {where}`, which explains each",
        )
