"""Streaks, events and intents as rows of SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from resolver.domain import Event, Recorded, Streak, Subject

SCHEMA = """
CREATE TABLE IF NOT EXISTS streak (
  triad TEXT, role TEXT, entry TEXT, strikes INTEGER NOT NULL, failed_tier TEXT NOT NULL, errors TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
  id INTEGER PRIMARY KEY, what TEXT NOT NULL, triad TEXT NOT NULL, role TEXT NOT NULL, time TEXT NOT NULL,
  from_tier TEXT, to_tier TEXT, phase TEXT, kind TEXT, errors TEXT NOT NULL, rule TEXT, revision TEXT NOT NULL,
  process TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_of_subject ON history (triad, role, id);
CREATE TABLE IF NOT EXISTS outcome (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
"""
MOST_OUTCOMES = 100_000
"""Outcomes that are kept; older ones go."""
_BETWEEN_LOOKS = 10_000
EVENT_COLUMNS = "what, triad, role, time, from_tier, to_tier, phase, kind, errors, rule, revision, process, reason"


Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """A change of an entry, from `entry` to `tier` (None: no entry), that is about to be written into the file.

    It has been written if the file `replacement` is gone, for it takes the place of the policy file.
    """

    subject: Subject
    entry: str | None
    tier: str | None
    event: Event
    replacement: Path


def keep_streak(connection: sqlite3.Connection, subject: Subject, streak: Streak | None) -> None:
    """Make `streak` the one of `subject`; None: it has none any more."""
    if streak is None:
        connection.execute("DELETE FROM streak WHERE triad = ? AND role = ?", key_of(subject))
        return
    row = (*key_of(subject), streak.entry, streak.strikes, streak.failed_tier, json.dumps(streak.errors))
    connection.execute("INSERT OR REPLACE INTO streak VALUES (?, ?, ?, ?, ?, ?)", row)


def add_event(connection: sqlite3.Connection, event: Event) -> None:
    """Add an event to the history."""
    connection.execute(f"INSERT INTO history ({EVENT_COLUMNS}) VALUES ({', '.join('?' * 13)})", row_of(event))  # noqa: S608


def add_outcome(connection: sqlite3.Connection, recorded: Recorded) -> None:
    """Add an outcome to those that are kept, and now and then drop the oldest."""
    added = connection.execute("INSERT INTO outcome (line) VALUES (?)", (line_of(recorded),)).lastrowid or 0
    if added % _BETWEEN_LOOKS == 0:
        connection.execute("DELETE FROM outcome WHERE id <= ?", (added - MOST_OUTCOMES,))


def line_of(recorded: Recorded) -> str:
    """Return an outcome as a line of JSON, without what is absent."""
    streak = recorded.standing.streak
    line = {
        "time": recorded.time.isoformat(),
        "triad": recorded.subject.triad,
        "role": recorded.subject.role,
        "phase": recorded.phase,
        "result": "failure" if recorded.failed else "success",
        "kind": recorded.kind,
        "facts": dict(recorded.facts) or None,
        "ran_on": recorded.ran_on,
        "tier": recorded.tier,
        "effect": recorded.effect,
        "rule": recorded.rule,
        "to": recorded.to_tier,
        "strikes": streak.strikes if streak else None,
        "failed_tier": streak.failed_tier if streak else None,
        "revision": recorded.revision,
    }
    known = {name: value for name, value in line.items() if value is not None}
    return json.dumps({**known, "entry": recorded.standing.entry}, ensure_ascii=False)


def key_of(subject: Subject) -> tuple[str, str]:
    """Return the two columns that name a subject."""
    return subject.triad, subject.role


def streak_of(row: Row) -> Streak:
    """Return the streak in a row of `streak`."""
    strikes, failed_tier, entry, errors = row[:4]
    return Streak(int(str(strikes)), str(failed_tier), text_of(entry), tuple(json.loads(str(errors))))


def row_of(event: Event) -> tuple[str | None, ...]:
    """Return an event as a row of `history`."""
    subject = event.subject
    time, errors = event.time.isoformat(), json.dumps(event.errors)
    tiers = (event.from_tier, event.to_tier, event.phase, event.kind)
    return (event.what, *key_of(subject), time, *tiers, errors, event.rule, event.revision, event.process, event.reason)


def event_of(row: Sequence[object]) -> Event:
    """Return the event in a row of `history`."""
    what, triad, role, time, from_tier, to_tier, phase, kind, errors, rule, revision, process, reason = row
    return Event(
        str(what),
        Subject(str(triad), str(role)),
        datetime.fromisoformat(str(time)),
        text_of(from_tier),
        text_of(to_tier),
        text_of(phase),
        text_of(kind),
        tuple(json.loads(str(errors))),
        text_of(rule),
        str(revision),
        str(process),
        str(reason),
    )


def text_of(value: object) -> str | None:
    """Return a column that may be null."""
    return None if value is None else str(value)
