"""Streaks, history and intents in SQLite, beside the policy.

Used under the store's lock only. A commit survives a kill of the process; an intent survives a power cut too, the rest
may lose its last moments then. A file that is damaged is kept aside and begun anew: escalations do not depend on it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Recorded, Streak, Subject
from resolver.store.records import (
    EVENT_COLUMNS,
    Edit,
    Intent,
    Known,
    Row,
    add_event,
    add_outcome,
    decoded,
    event_of,
    intent_of,
    keep_entry,
    keep_looked,
    keep_streak,
    key_of,
    maybe_text_of,
    outcome_of,
    row_of,
    streak_of,
    subject_of,
    text_of,
)
from resolver.store.stamp import Stamp
from resolver.store.tables import check_columns, migrate

_log = logging.getLogger("resolver")
_VERSION = 2
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
        rows = self._rows(query, streak_of, key_of(subject))
        return rows[0] if rows else None

    def streaks(self) -> dict[Subject, Streak]:
        """Return all streaks."""
        query = "SELECT strikes, failed_tier, entry, errors, triad, role FROM streak ORDER BY triad, role"
        return dict(self._rows(query, lambda row: (subject_of(row[4:]), streak_of(row))))

    def keep(
        self, subject: Subject, streak: Streak | None, event: Event | None = None, recorded: Recorded | None = None
    ) -> None:
        """Replace the streak of `subject` (None deletes it), and add event and outcome, in one transaction."""

        def change(connection: sqlite3.Connection) -> None:
            keep_streak(connection, subject, streak)
            if event is not None:
                add_event(connection, event)
            if recorded is not None:
                add_outcome(connection, recorded)

        self._change(change)

    def intend(self, intent: Intent) -> None:
        """Write down, safe from a power cut, what is about to be written into the policy file."""
        event = json.dumps(row_of(intent.event))
        row = (*key_of(intent.subject), intent.entry, intent.tier, event, str(intent.replacement))

        def change(connection: sqlite3.Connection) -> None:
            query = "INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            connection.execute(query, (*row, intent.inode, intent.digest))

        self._change(change, durable=True)

    def intents(self) -> list[Intent]:
        """Return the changes of which it is not known whether they reached the policy file."""
        query = "SELECT triad, role, entry, tier, event, replacement, inode, digest FROM intent"
        return self._rows(query, intent_of)

    def settle(
        self, intent: Intent, *, happened: bool, recorded: Recorded | None = None, stamp: Stamp | None = None
    ) -> None:
        """Close an intent: with its event in the history and the streak at an end, or as if it had never been.

        `recorded` is the outcome that it comes of; after a kill nobody knows that any more. `stamp` is that of the file
        as this program wrote it, None if somebody has changed it since, or may have.
        """

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM intent WHERE triad = ? AND role = ?", key_of(intent.subject))
            if not happened:
                return
            add_event(connection, intent.event)
            keep_streak(connection, intent.subject, None)
            keep_entry(connection, intent.subject, intent.tier, None)
            if stamp is not None:
                keep_looked(connection, noticed=stamp, written=stamp)
            if recorded is not None:
                add_outcome(connection, recorded)

        self._change(change)

    def notice(self, edits: Sequence[Edit], over: Collection[Subject], stamp: Stamp | None) -> None:
        """Keep what people did to the entries of the file with this stamp, and end the streaks of `over`."""

        def change(connection: sqlite3.Connection) -> None:
            for edit in edits:
                keep_entry(connection, edit.subject, edit.tier, edit.owed)
                if edit.event is not None:
                    add_event(connection, edit.event)
            for subject in over:
                keep_streak(connection, subject, None)
            keep_looked(connection, noticed=stamp, written=None)

        self._change(change)

    def looked(self) -> tuple[str | None, str | None]:
        """Return the stamps of the policy file as people's changes were noticed last, and as this program wrote it."""
        query = "SELECT noticed, written FROM looked"
        rows = self._rows(query, lambda row: (maybe_text_of(row[0]), maybe_text_of(row[1])))
        return rows[0] if rows else (None, None)

    def entry(self, subject: Subject) -> str | None:
        """Return the entry of `subject` when the policy file was looked at last."""
        query = "SELECT tier FROM entry WHERE triad = ? AND role = ?"
        rows = self._rows(query, lambda row: maybe_text_of(row[0]), key_of(subject))
        return rows[0] if rows else None

    def known(self) -> dict[Subject, Known]:
        """Return what the policy file said of each subject when it was looked at last, and what people owe it."""
        query = "SELECT tier, owed, triad, role FROM entry"
        return dict(
            self._rows(query, lambda row: (subject_of(row[2:]), Known(maybe_text_of(row[0]), maybe_text_of(row[1]))))
        )

    def lost(self) -> dict[Subject, Event]:
        """Return the entries that people took out or lowered: the event that noticed it, from the tier that is owed."""
        query = (
            f"SELECT {EVENT_COLUMNS}, owed FROM entry JOIN history USING (triad, role) "  # noqa: S608  a constant
            "WHERE owed IS NOT NULL AND id = (SELECT max(id) FROM history AS other WHERE other.triad = entry.triad "
            "AND other.role = entry.role AND other.what IN ('removed', 'edited'))"
        )
        events = self._rows(query, lambda row: replace(event_of(row[:-1]), from_tier=text_of(row[-1])))
        return {event.subject: event for event in events}

    def history(self) -> list[Event]:
        """Return all events, oldest first."""
        return self._rows(f"SELECT {EVENT_COLUMNS} FROM history ORDER BY id", event_of)  # noqa: S608  a constant

    def outcomes(self, after: int, most: int) -> list[tuple[int, str]]:
        """Return recorded outcomes by number, oldest first: some of those after a number."""
        return self._rows("SELECT id, line FROM outcome WHERE id > ? ORDER BY id LIMIT ?", outcome_of, (after, most))

    def take_over(self, other: Path) -> None:
        """Begin with what is in the database `other`, which an earlier version named in another way.

        All of it is there at once, or nothing. From one that is damaged nothing is taken over.
        """
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(other, timeout=30)) as old, closing(sqlite3.connect(part)) as new:
                old.backup(new)
            part.replace(self.path)
        except (sqlite3.OperationalError, OSError) as error:
            raise ResolverError(f"cannot copy `{other}` to `{self.path}`: {error}") from error
        except sqlite3.DatabaseError as error:
            _log.warning("`%s` is damaged (%s) and not taken over; streaks begin anew", other, error)
            return
        _log.info("`%s` goes on from `%s`", self.path, other)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None and self._process == os.getpid():
            connection.close()
        elif connection is not None:
            _LEFT_BY_FORKS.append(connection)

    def _rows(self, query: str, read: Callable[[Row], T], parameters: Sequence[object] = ()) -> list[T]:
        """Return the rows of a query as `read` makes of each; a row that it refuses is damage."""
        return self._try(lambda connection: [read(row) for row in connection.execute(query, parameters)])

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
        connection.text_factory = decoded
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise ResolverError(f"`{self.path}` was written by a newer version of this program")
            if version != _VERSION:
                migrate(connection, version, _VERSION)
            check_columns(connection)
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
