"""The yardstick: the shipped rules over bare dictionaries."""

from __future__ import annotations

from typing import Protocol

from benchmarks.rows import TIERS, Rows


class Decide(Protocol):
    """Names the tier of a request."""

    def __call__(self, triad: str, role: str, *, phase: str | None = None) -> str | None: ...


def dictionaries(rows: Rows) -> Decide:
    """Return the shipped rules as one would write them by hand: no names checked, no reasons given."""
    defaults, overrides, escalated = rows.defaults, rows.overrides, rows.escalated
    nothing: dict[str, str] = {}

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        if role == "code_execution":
            return TIERS[0]
        tier = escalated.get((triad, role))
        if tier is not None:
            return tier
        if phase:
            tier = overrides.get(phase, nothing).get(role)
            if tier is not None:
                return tier
        return defaults.get(role, TIERS[1])

    if not rows.triads:
        return decide
    pinned = frozenset(rows.triads)

    def decide_by_triad(triad: str, role: str, *, phase: str | None = None) -> str:
        if role == "code_execution":
            return TIERS[0]
        if triad in pinned:
            return TIERS[-1]
        return decide(triad, role, phase=phase)

    return decide_by_triad
