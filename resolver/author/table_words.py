"""The lines of a decision table in words, for `resolver table` and for editors."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.table import ANY_OTHER, AnyOther, DecisionTable, Line

_MOST_NAMES = 6
"""Names of a group that are shown before the rest is counted."""


def names_text(names: Sequence[str | AnyOther | None], any_other: str) -> str:
    """Return the names of a line; of many, the first and how many more there are."""
    listed = [name for name in names if isinstance(name, str)]
    shown = [name or '""' for name in listed[:_MOST_NAMES]]
    if len(listed) > _MOST_NAMES:
        shown.append(f"{len(listed) - _MOST_NAMES} more")
    return ", ".join([*shown, *([any_other] if ANY_OTHER in names else [])])


def phases_text(line: Line) -> str:
    """Return the phases of a line."""
    if line.any_phase:
        return "any"
    # No phase is one of the others unless it has a line of its own.
    none = ["none"] if None in line.phases and ANY_OTHER not in line.phases else []
    return ", ".join([*none, *filter(None, [names_text(line.phases, "any other")])])


def escalated_text(line: Line, table: DecisionTable) -> str:
    """Return the escalations of a line."""
    if line.decision is None and line.same is not None:
        return "to a tier"
    if len(line.escalated) == len(table.policy.model_tiers.ladder.tiers) + 1:
        return "or not"
    return ", ".join("no" if tier is None else f"to {tier}" for tier in line.escalated)


def decision_texts(line: Line) -> list[str]:
    """Return the tier of a line and its rule."""
    if line.same is not None:
        return ["that tier", line.same.rule]
    return [line.decision.tier, line.decision.rule] if line.decision else ["undecided", ""]
