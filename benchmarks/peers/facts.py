"""The facts of a request, looked up in the rows for an engine of expressions that holds none."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.rows import Rows

Facts = dict[str, str | None]


def facts_of(rows: Rows) -> Callable[[str, str, str | None], Facts]:
    """Return what looks a request's facts up; a fact that does not apply is None."""
    defaults, overrides, escalated = rows.defaults, rows.overrides, rows.escalated
    nothing: dict[str, str] = {}

    def look_up(triad: str, role: str, phase: str | None) -> Facts:
        return {
            "role": role,
            "escalated_tier": escalated.get((triad, role)),
            "phase_override": overrides.get(phase, nothing).get(role) if phase else None,
            "role_default": defaults.get(role),
        }

    return look_up
