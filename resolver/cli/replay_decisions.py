"""Output of `resolver replay` for logged decisions."""

from __future__ import annotations

from typing import Any

from resolver.author import ChangedDecision, Decided
from resolver.cli.output import echo_note
from resolver.diagnostics import legible

_MOST = 100
"""Groups that JSON has; it counts the groups that are left out."""


def counted(found: Decided) -> str:
    """Return the number of decisions in words."""
    return f"{found.count:,} {'decision' if found.count == 1 else 'decisions'}"


def row(one: ChangedDecision) -> list[str]:
    """Return a group of decisions that would change, as the cells of a row."""
    phase = legible(one.phase) if one.phase else "no phase"
    entry = f"escalated to {legible(one.entry)}" if one.entry is not None else "not escalated"
    tiers = f"{legible(one.from_tier)} → {one.to_tier or 'undecided'}"
    by = f"by {one.rule.name} ({one.rule.place})" if one.rule else "by no rule"
    return [legible(one.role) or '""', phase, entry, tiers, f"{one.count:,} ×", f"{by}, first at line {one.first:,}"]


def verdict(found: Decided, revision: str) -> str:
    """Return in one line how many decisions would change."""
    return f"{found.other:,} of {counted(found)} would change with revision {revision}"


def note_assumed(found: Decided) -> None:
    """Print the assumptions about values that the lines do not have."""
    if found.without_entry:
        one = found.without_entry == 1
        which = "1 decision does" if one else f"{found.without_entry:,} decisions do"
        echo_note(f"{which} not say which entry was in force; {'it is' if one else 'they are'} asked without one")


def as_json(found: Decided) -> dict[str, Any]:
    """Return the result for decisions as JSON."""
    return {
        "count": found.count,
        "other": found.other,
        "without_entry": found.without_entry,
        "dropped": found.dropped,
        "otherwise": [_group(one) for one in found.otherwise[:_MOST]],
        "left_out": max(0, len(found.otherwise) - _MOST),
    }


def _group(one: ChangedDecision) -> dict[str, Any]:
    by = {
        "rule": one.rule.name if one.rule else None,
        "file": one.rule.place.source.name if one.rule else None,
        "line": one.rule.place.line if one.rule else None,
    }
    names = {"role": one.role, "phase": one.phase, "entry": one.entry, "from": one.from_tier}
    shown = {key: name and name.encode("utf-8", "backslashreplace").decode() for key, name in names.items()}
    return {**shown, "to": one.to_tier, "count": one.count, "first": one.first, **by}
