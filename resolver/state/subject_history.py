"""Reads the history of one subject from the database beside a policy file, without waiting for its writers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Subject
from resolver.state.beside import Beside
from resolver.state.journal_columns import decoded
from resolver.state.journal_rows import EVENT_COLUMNS, event_of, key_of
from resolver.state.read_only import look_into


def read_history(state_file: Path, subject: Subject, most: int) -> list[Event]:
    """Return the last events of a subject, oldest first.

    Args:
        state_file: The policy file that holds the entries. Nothing is written there.
        subject: The subject.
        most: The largest number of events.

    Returns:
        The events; nothing if there is no database, or if it cannot be read at once.
    """

    def look(connection: sqlite3.Connection) -> list[Event]:
        connection.text_factory = decoded
        query = f"SELECT {EVENT_COLUMNS} FROM history WHERE triad = ? AND role = ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [event_of(row) for row in connection.execute(query, (*key_of(subject), most))]

    try:
        database = Beside.of(state_file).database
        return look_into(database, look, seconds=0)[::-1] if database.exists() else []
    except (ResolverError, OSError):
        return []
