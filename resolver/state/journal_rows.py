"""Streaks, events and intents as rows of SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from resolver.domain import Event, Streak, Subject
from resolver.frozen import frozen
from resolver.serving.file_stamp import Stamp
from resolver.state.journal_columns import (
    MOST,
    DamagedRowError,
    errors_of,
    json_of,
    maybe_text_of,
    number_of,
    text_of,
    time_of,
)

EVENT_COLUMNS = "what, triad, role, time, from_tier, to_tier, phase, kind, errors, rule, revision, process, reason"


_INODES = 2**64
"""Inodes are numbers of 64 bits without a sign; integers of SQLite have a sign."""

SqlRow = tuple[object, ...]


@frozen
class Intent:
    """A change of an entry, from `entry` to `tier` (None: no entry), that is about to be written into the policy file.

    It has been written if the file called `replacement` is not the one with the inode `inode` any more: the exchange
    gave that file the name of the policy file. `digest` is that of the policy file's content before. `line` is the
    reported outcome that caused the change, as `line_of` returns it, and `key` the kept key of its report.
    """

    subject: Subject
    entry: str | None
    tier: str | None
    event: Event
    replacement: Path
    inode: int | None = None
    digest: str | None = None
    line: str | None = None
    key: str | None = None


@frozen
class NoticedEntry:
    """The entry of a subject when the policy file was noticed last, and the higher tier that people lowered it from.

    `tier` is None without an entry, and `owed` is None unless people have lowered or removed the entry.
    """

    tier: str | None
    owed: str | None


@frozen
class Edit:
    """A person's change of an entry: the entry now, the tier that it was lowered from, and the event to record.

    The event is None if the entry was there when the file was read for the first time.
    """

    subject: Subject
    tier: str | None
    owed: str | None
    event: Event | None


def keep_entry(connection: sqlite3.Connection, subject: Subject, tier: str | None, owed: str | None) -> None:
    """Record the entry of `subject` in the policy file."""
    if tier is None and owed is None:
        connection.execute("DELETE FROM entry WHERE triad = ? AND role = ?", key_of(subject))
    else:
        connection.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", (*key_of(subject), tier, owed))


def keep_looked(connection: sqlite3.Connection, *, noticed: Stamp | None, written: Stamp | None) -> None:
    """Record the stamps of the policy file: when its entries were noticed, and when this program wrote it."""
    stamps = [None if stamp is None else str(stamp) for stamp in (noticed, written)]
    connection.execute("INSERT OR REPLACE INTO looked VALUES (1, ?, ?)", stamps)


def keep_streak(connection: sqlite3.Connection, subject: Subject, streak: Streak | None) -> None:
    """Replace the streak of `subject`; None deletes it."""
    if streak is None:
        connection.execute("DELETE FROM streak WHERE triad = ? AND role = ?", key_of(subject))
        return
    row = (*key_of(subject), streak.entry, streak.strikes, streak.failed_tier, json.dumps(streak.errors))
    connection.execute("INSERT OR REPLACE INTO streak VALUES (?, ?, ?, ?, ?, ?)", row)


def add_event(connection: sqlite3.Connection, event: Event) -> None:
    """Add an event to the history."""
    connection.execute(f"INSERT INTO history ({EVENT_COLUMNS}) VALUES ({', '.join('?' * 13)})", row_of(event))  # noqa: S608


def key_of(subject: Subject) -> tuple[str, str]:
    """Return the two columns that name a subject."""
    return subject.triad, subject.role


def signed(inode: int | None) -> int | None:
    """Return an inode as an integer with a sign; `intent_of` converts it back."""
    return inode if inode is None or inode < _INODES // 2 else inode - _INODES


def subject_of(row: SqlRow) -> Subject:
    """Return the subject in two columns."""
    triad, role = row
    return Subject(text_of(triad), text_of(role))


def streak_of(row: SqlRow) -> Streak:
    """Return the streak in a row of `streak`."""
    strikes, failed_tier, entry, errors = row[:4]
    return Streak(number_of(strikes, 1, MOST), text_of(failed_tier), maybe_text_of(entry), errors_of(errors))


def row_of(event: Event) -> tuple[str | None, ...]:
    """Return an event as a row of `history`."""
    subject = event.subject
    time, errors = event.time.isoformat(), json.dumps(event.errors)
    tiers = (event.from_tier, event.to_tier, event.phase, event.kind)
    texts = (event.rule, event.revision, event.process, event.reason)
    return (event.what, *key_of(subject), time, *map(encodable, tiers), errors, *map(encodable, texts))


def encodable(text: str | None) -> str | None:
    """Return a text with escapes for characters that UTF-8 has no bytes for (Python's names of undecodable bytes)."""
    return text if text is None else text.encode(errors="backslashreplace").decode()


def event_of(row: Sequence[object]) -> Event:
    """Return the event in a row of `history`."""
    if len(row) != len(EVENT_COLUMNS.split(",")):
        raise DamagedRowError(f"an event has {len(row)} columns")
    what, triad, role, time, from_tier, to_tier, phase, kind, errors, rule, revision, process, reason = row
    return Event(
        text_of(what),
        Subject(text_of(triad), text_of(role)),
        time_of(time),
        maybe_text_of(from_tier),
        maybe_text_of(to_tier),
        maybe_text_of(phase),
        maybe_text_of(kind),
        errors_of(errors),
        maybe_text_of(rule),
        text_of(revision),
        text_of(process),
        text_of(reason),
    )


def intent_of(row: SqlRow) -> Intent:
    """Return the intent in a row of `intent`."""
    triad, role, entry, tier, event, replacement, inode, digest, line, key = row
    fields = json_of(event)
    if not isinstance(fields, list):
        raise DamagedRowError("an intent's event is not a list")
    return Intent(
        Subject(text_of(triad), text_of(role)),
        maybe_text_of(entry),
        maybe_text_of(tier),
        event_of(fields),
        Path(text_of(replacement)),
        None if inode is None else number_of(inode) % _INODES,
        maybe_text_of(digest),
        maybe_text_of(line),
        maybe_text_of(key),
    )
