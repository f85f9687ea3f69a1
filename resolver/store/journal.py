"""Streaks, history and intents in SQLite, beside the policy.

Used under the store's lock only. A commit survives a kill of the process; an intent survives a power cut too, the rest
may lose its last moments then. A file that is damaged is kept aside and begun anew: escalations do not depend on it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Recorded, Streak, Subject
from resolver.store.records import (
    EVENT_COLUMNS,
    SCHEMA,
    Intent,
    Row,
    add_event,
    add_outcome,
    event_of,
    keep_streak,
    key_of,
    row_of,
    streak_of,
    text_of,
)

_log = logging.getLogger("resolver")
_VERSION = 1
_LEFT_BY_FORKS: list[sqlite3.Connection] = []
"""Connections of the parent process: SQLite must not even close them in a child."""

T = TypeVar("T")


class Journal:
    """The SQLite file at `path`, opened at first use, and again after a fork or when the file has been replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int, int] | None = None
        self._process = -1

    def streak(self, subject: Subject) -> Streak | None:
        """Return the streak of `subject`, whatever entry it belongs to."""
        query = "SELECT strikes, failed_tier, entry, errors FROM streak WHERE triad = ? AND role = ?"
        rows = self._rows(query, subject)
        return streak_of(rows[0]) if rows else None

    def streaks(self) -> dict[Subject, Streak]:
        """Return all streaks."""
        rows = self._rows("SELECT strikes, failed_tier, entry, errors, triad, role FROM streak ORDER BY triad, role")
        return {Subject(str(row[4]), str(row[5])): streak_of(row) for row in rows}

    def keep(
        self, subject: Subject, streak: Streak | None, event: Event | None = None, recorded: Recorded | None = None
    ) -> None:
        """Make `streak` the one of `subject` (None: it has none any more), and add event and outcome, at once."""

        def change(connection: sqlite3.Connection) -> None:
            keep_streak(connection, subject, streak)
            if event is not None:
                add_event(connection, event)
            if recorded is not None:
                add_outcome(connection, recorded)

        self._change(change)

    def intend(self, intent: Intent) -> None:
        """Write down, safe from a power cut, what is about to be written into the policy file."""
        row = (
            *key_of(intent.subject),
            intent.entry,
            intent.tier,
            json.dumps(row_of(intent.event)),
            str(intent.replacement),
        )

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?)", row)

        self._change(change, durable=True)

    def intents(self) -> list[Intent]:
        """Return the changes of which it is not known whether they reached the policy file."""
        rows = self._rows("SELECT triad, role, entry, tier, event, replacement FROM intent")
        return [
            Intent(
                Subject(str(triad), str(role)),
                text_of(entry),
                text_of(tier),
                event_of(json.loads(str(event))),
                Path(str(replacement)),
            )
            for triad, role, entry, tier, event, replacement in rows
        ]

    def settle(self, intent: Intent, *, happened: bool, recorded: Recorded | None = None) -> None:
        """Close an intent: with its event in the history and the streak at an end, or as if it had never been.

        `recorded` is the outcome that it comes of; after a kill nobody knows that any more.
        """

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM intent WHERE triad = ? AND role = ?", key_of(intent.subject))
            if happened:
                add_event(connection, intent.event)
                keep_streak(connection, intent.subject, None)
            if happened and recorded is not None:
                add_outcome(connection, recorded)

        self._change(change)

    def history(self) -> list[Event]:
        """Return all events, oldest first."""
        return [event_of(row) for row in self._rows(f"SELECT {EVENT_COLUMNS} FROM history ORDER BY id")]  # noqa: S608  a constant

    def outcomes(self, after: int, most: int) -> list[tuple[int, str]]:
        """Return recorded outcomes by number, oldest first: some of those after a number."""
        query = "SELECT id, line FROM outcome WHERE id > ? ORDER BY id LIMIT ?"
        rows: list[Row] = self._try(lambda connection: connection.execute(query, (after, most)).fetchall())
        return [(int(str(number)), str(line)) for number, line in rows]

    def latest(self) -> dict[Subject, Event]:
        """Return the last event of each subject that concerns its entry."""
        rows = self._rows(
            f"SELECT {EVENT_COLUMNS} FROM history WHERE id IN "  # noqa: S608  a constant
            "(SELECT max(id) FROM history WHERE what != 'hold' GROUP BY triad, role)"
        )
        return {event.subject: event for event in map(event_of, rows)}

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._process == os.getpid():
            connection.close()
        elif connection is not None:
            _LEFT_BY_FORKS.append(connection)

    def _rows(self, query: str, subject: Subject | None = None) -> list[Row]:
        parameters = key_of(subject) if subject else ()
        return self._try(lambda connection: connection.execute(query, parameters).fetchall())

    def _change(self, change: Callable[[sqlite3.Connection], None], *, durable: bool = False) -> None:
        def run(connection: sqlite3.Connection) -> None:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with _transaction(connection):
                change(connection)

        self._try(run)

    def _try(self, run: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return run(self._open())
        except sqlite3.OperationalError as error:
            raise ResolverError(f"cannot use `{self.path}`: {error}") from error
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
        try:
            return run(self._open())
        except sqlite3.Error as error:
            raise ResolverError(f"cannot use `{self.path}`: {error}") from error

    def _open(self) -> sqlite3.Connection:
        stamp = _stamp(self.path)
        if self._connection is not None and self._process == os.getpid() and stamp == self._opened:
            return self._connection
        self.close()
        if stamp is None:  # what a deleted file left behind would be taken for the new one's
            for suffix in ("-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise ResolverError(f"`{self.path}` was written by a newer version of this program")
            connection.executescript(SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened, self._process = connection, _stamp(self.path), os.getpid()
        return connection

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self.close()
        aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        try:
            self.path.rename(aside)
        except OSError as failed:
            message = f"`{self.path}` is damaged ({error}) and cannot be moved: {failed.strerror}"
            raise ResolverError(message) from failed
        _log.warning("`%s` is damaged (%s); it is kept as `%s`, and streaks begin anew", self.path, error, aside.name)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, 0
