"""Standings, streaks and events as rows of the database."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, NamedTuple

from resolver.domain import Event, Streak, Subject
from resolver.frozen import frozen
from resolver.state.journal_rows import row_of

_LONGEST_ERRORS = 50_000
"""Bytes of a streak's errors that fit into a column of every database."""


class Entry(NamedTuple):
    """The entry of a subject in the database.

    `lowered` is the generation that a person's lowering wrote last, 0 if there was none. `changed` is the
    revision of the state in which the entry changed.
    """

    subject: Subject
    generation: int
    entry: str | None
    lowered: int
    changed: int


@frozen
class Stored:
    """The row of a subject; `version` 0 means no row, `generation` 0 no entry of its own."""

    version: int = 0
    generation: int = 0
    entry: str | None = None
    streak: Streak | None = None
    lowered: int = 0


NOTHING = Stored()


@frozen
class Write:
    """The write of an outcome: the row that was judged, the row after it, and the event for the history.

    Nothing is written if the row is not the `judged` one any more. `key` is that of the outcome, and `previous` that of
    the outcome in the same message that wrote the judged row: another host may have written a row of that version.
    """

    subject: Subject
    judged: Stored
    after: Stored
    event: Event | None
    key: str
    previous: str | None = None

    @property
    def is_move(self) -> bool:
        """Whether the entry changes."""
        return self.after.generation != self.judged.generation


def id_of(subject: Subject) -> str:
    """Return the key of a subject's row; a role has no colon, so no two subjects have the same text."""
    return sha256(str(subject).encode()).hexdigest()


def stored_of(row: tuple[Any, ...]) -> Stored:
    """Return the content of a row: version, generation, entry, lowered, strikes, failed_tier, streak_entry, errors."""
    version, generation, entry, lowered, strikes, failed_tier, streak_entry, errors = row
    streak = None
    if strikes and failed_tier is not None:
        streak = Streak(int(strikes), failed_tier, streak_entry, tuple(json.loads(errors)))
    return Stored(int(version), int(generation), entry, streak, int(lowered))


def streak_columns(streak: Streak | None) -> dict[str, object]:
    """Return the columns that hold a streak."""
    if streak is None:
        return {"strikes": 0, "failed_tier": None, "streak_entry": None, "errors": "[]"}
    return {
        "strikes": streak.strikes,
        "failed_tier": streak.failed_tier,
        "streak_entry": streak.entry,
        "errors": _errors(streak.errors),
    }


def event_columns(event: Event) -> dict[str, object]:
    """Return the columns that hold an event."""
    names: tuple[str, ...] = ("what", "triad", "role", "time", "from_tier", "to_tier", "phase", "kind")
    names += ("errors", "rule", "revision", "process", "reason")
    return {**dict(zip(names, row_of(event), strict=True)), "errors": _errors(event.errors)}


def _errors(errors: tuple[str, ...]) -> str:
    """Return errors as JSON, without the oldest if they are too long."""
    text = json.dumps(errors)
    while len(text) > _LONGEST_ERRORS:
        errors = errors[len(errors) // 2 :]
        text = json.dumps(errors)
    return text
