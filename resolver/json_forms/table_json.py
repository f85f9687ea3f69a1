"""Lines of a decision table as JSON."""

from __future__ import annotations

from typing import Any

from resolver.domain import Decision
from resolver.table import ANY_OTHER, Line


def line_json(line: Line) -> dict[str, Any]:
    """Return a group of decisions, a line of the table, as JSON."""
    decision: Decision | None = line.decision or line.same
    return {
        "roles": [name for name in line.roles if isinstance(name, str)],
        "other_roles": ANY_OTHER in line.roles,
        "triads": [name for name in line.triads if isinstance(name, str)],
        "other_triads": ANY_OTHER in line.triads,
        "phases": [name for name in line.phases if isinstance(name, str)],
        "no_phase": None in line.phases,
        "other_phases": ANY_OTHER in line.phases,
        "escalated": list(line.escalated),
        "tier": line.decision.tier if line.decision else None,
        "tier_is_escalated": line.same is not None,
        "rule": decision.rule if decision else None,
    }
