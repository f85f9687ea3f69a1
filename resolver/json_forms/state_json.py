"""Entries, streaks and removed entries as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict

from resolver.domain import Event, Streak, Subject


class EntryJson(TypedDict):
    """An entry in force."""

    triad: str
    role: str
    tier: str


class StreakJson(TypedDict):
    """A running streak of failures."""

    triad: str
    role: str
    strikes: int
    failed_tier: str


class RemovedJson(TypedDict):
    """An entry that people removed or lowered, the time, and the entry that is left."""

    triad: str
    role: str
    tier: str | None
    time: str
    entry: NotRequired[str]


class StateJson(TypedDict):
    """All that was learned and is in force, and what people removed or lowered."""

    escalations: list[EntryJson]
    streaks: list[StreakJson]
    removed: list[RemovedJson]
    lowered: list[RemovedJson]


def state_json(
    entries: Mapping[Subject, str],
    streaks: Mapping[Subject, Streak],
    removed: Mapping[Subject, Event],
    triad: str | None = None,
) -> StateJson:
    """Return the entries in force, the running streaks, and what people removed or lowered, in order.

    Args:
        entries: The tier of each subject with an entry.
        streaks: The running streaks.
        removed: The entries that people removed from the policy file or lowered in it, with the last event of each.
        triad: Only subjects of this triad; None means all.

    """
    wanted = [s for s in sorted({*entries, *streaks, *removed}) if triad is None or s.triad == triad]
    gone = [s for s in wanted if s in removed]
    return {
        "escalations": [{"triad": s.triad, "role": s.role, "tier": entries[s]} for s in wanted if s in entries],
        "streaks": [
            {"triad": s.triad, "role": s.role, "strikes": streaks[s].strikes, "failed_tier": streaks[s].failed_tier}
            for s in wanted
            if s in streaks
        ],
        "removed": [_removed(s, removed[s]) for s in gone if s not in entries],
        "lowered": [{**_removed(s, removed[s]), "entry": entries[s]} for s in gone if s in entries],
    }


def _removed(subject: Subject, event: Event) -> RemovedJson:
    return {
        "triad": subject.triad,
        "role": subject.role,
        "tier": event.from_tier,
        "time": event.time.isoformat(),
    }
