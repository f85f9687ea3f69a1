"""Lines of a decision table as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict

from resolver.domain import Decision, Facts
from resolver.table import ANY_OTHER, DecisionTable, Line, lines_of


class LineJson(TypedDict):
    """Requests with the same decision: their names, and whether names that no list has are among them.

    `escalated` are the entries of the subjects, null for none. `tier` is null if it is the entry.
    """

    roles: list[str]
    other_roles: bool
    triads: list[str]
    other_triads: bool
    phases: list[str]
    no_phase: bool
    other_phases: bool
    escalated: list[str | None]
    tier: str | None
    tier_is_escalated: bool
    rule: str | None


def line_json(line: Line) -> LineJson:
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


def lines_json(table: DecisionTable, role: str | None, phase: str | None, extra: Facts) -> list[LineJson]:
    """Return the lines of a table as JSON.

    Args:
        table: The table.
        role: Only this role; None means all.
        phase: Only this phase; None means all.
        extra: The extra facts of the requests.

    """
    return [line_json(line) for line in lines_of(table, role, phase, extra)]
