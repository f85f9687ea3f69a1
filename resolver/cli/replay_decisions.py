"""Output of `resolver replay` for logged decisions."""

from __future__ import annotations

from typing import Any

from resolver.author import ChangedDecision, Decided
from resolver.cli.output import echo_note
from resolver.diagnostics import legible

_MOST = 100
"""Groups that JSON has; it counts the groups that are left out."""


def counted(decided: Decided) -> str:
    """Return the number of decisions in words."""
    return f"{decided.count:,} {'decision' if decided.count == 1 else 'decisions'}"


def row(group: ChangedDecision) -> list[str]:
    """Return a group of decisions that would change, as the cells of a row."""
    phase = legible(group.phase) if group.phase else "no phase"
    entry = f"escalated to {legible(group.entry)}" if group.entry is not None else "not escalated"
    tiers = f"{legible(group.from_tier)} → {group.to_tier or 'undecided'}"
    by = f"by {group.rule.name} ({group.rule.place})" if group.rule else "by no rule"
    return [
        legible(group.role) or '""',
        phase,
        entry,
        tiers,
        f"{group.count:,} ×",
        f"{by}, first at line {group.first:,}",
    ]


def verdict(decided: Decided, revision: str) -> str:
    """Return in one line how many decisions would change."""
    return f"{decided.other:,} of {counted(decided)} would change with revision {revision}"


def note_assumed(decided: Decided) -> None:
    """Print the assumptions about values that the lines do not have."""
    if decided.without_entry:
        single = decided.without_entry == 1
        which = "1 decision does" if single else f"{decided.without_entry:,} decisions do"
        echo_note(f"{which} not say which entry was in force; {'it is' if single else 'they are'} asked without one")


def as_json(decided: Decided) -> dict[str, Any]:
    """Return the result for decisions as JSON."""
    return {
        "count": decided.count,
        "other": decided.other,
        "without_entry": decided.without_entry,
        "dropped": decided.dropped,
        "otherwise": [_group(group) for group in decided.otherwise[:_MOST]],
        "left_out": max(0, len(decided.otherwise) - _MOST),
    }


def _group(group: ChangedDecision) -> dict[str, Any]:
    by = {
        "rule": group.rule.name if group.rule else None,
        "file": group.rule.place.source.name if group.rule else None,
        "line": group.rule.place.line if group.rule else None,
    }
    names = {"role": group.role, "phase": group.phase, "entry": group.entry, "from": group.from_tier}
    shown = {key: name and name.encode("utf-8", "backslashreplace").decode() for key, name in names.items()}
    return {**shown, "to": group.to_tier, "count": group.count, "first": group.first, **by}
