"""The known state: the entries that this host has last seen in the database, in a SQLite file beside the spool.

A process starts with it. So it can start while the database is away, and it notices what the database has lost
meanwhile, as a process does that has run all the time.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import time

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.frozen import frozen
from resolver.state.read_only import look_into
from resolver.state.sql.sql_rows import Entry
from resolver.state.sqlite_file import SqliteFile

_SECONDS = 1.0
"""Seconds for which a process waits for others of this host that write the file."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  triad TEXT NOT NULL, role TEXT NOT NULL, generation INTEGER NOT NULL, tier TEXT, lowered INTEGER NOT NULL,
  changed INTEGER NOT NULL, lost TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (revision INTEGER NOT NULL, time INTEGER NOT NULL);
"""
_UPSERT = """
INSERT INTO entry (triad, role, generation, tier, lowered, changed, lost) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (triad, role) DO UPDATE SET generation = excluded.generation, tier = excluded.tier,
    lowered = excluded.lowered, changed = excluded.changed, lost = excluded.lost
  WHERE excluded.generation >= generation
"""
_KNOWN = "SELECT revision, time FROM known"
_ENTRIES = "SELECT triad, role, generation, tier, lowered, changed, lost FROM entry"
_log = logging.getLogger("resolver")


@frozen
class Known:
    """Entries of the database, as of a `revision` of the state or later.

    Each is with the higher tier that the database has lost of it, None if there is none. Its `changed` counts only from
    the revision on: those are the changes that must be in the database at the next look. `since` is the revision after
    which no change of an entry is missing, 0 if the entries are all. `time` is the second in which they were saved.
    """

    entries: Sequence[tuple[Entry, str | None]]
    revision: int
    since: int = 0
    time: int = 0


def last_known(path: Path) -> tuple[int, datetime] | None:
    """Return the revision of the state that is saved at `path`, and the time; None if none is, or it cannot be read."""
    if not path.exists():
        return None
    try:
        row = look_into(path, lambda connection: connection.execute(_KNOWN).fetchone())
    except ResolverError:
        return None
    return None if row is None else (int(row[0]), datetime.fromtimestamp(row[1], UTC))


class KnownState:
    """The known state in the file at `path`, which all processes of a host share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, _prepare, self._damaged)

    def load(self) -> Known | None:
        """Return the saved state; None if there is none, or if it cannot be read, which is logged."""
        if not self.path.exists():
            return None
        try:
            found = self._file.run(_read)
        except ResolverError as error:
            _log.warning("the state that this host has known cannot be read: %s", error)
            return None
        return found

    def save(self, known: Known, *, replace: bool = False) -> bool:
        """Save entries; False if the file lacks changes before those, so that all entries must be saved.

        Args:
            known: The entries. What another process has saved of a later change stays as it is.
            replace: Whether `known` is all that there is, since the database has lost the rest.

        Raises:
            ResolverError: The file cannot be written, or other processes write it all the time.
        """

        def write(connection: sqlite3.Connection) -> bool:
            saved = (connection.execute("SELECT revision FROM known").fetchone() or (-1,))[0]
            if known.since > max(saved, 0):
                return False
            if replace:
                connection.execute("DELETE FROM entry")
                saved = -1
            connection.executemany(_UPSERT, map(_row, known.entries))
            revision = max(known.revision, saved)
            connection.execute("DELETE FROM known")
            connection.execute("INSERT INTO known VALUES (?, ?)", (revision, int(time())))
            return True

        return self._file.change(write, durable=True, seconds=_SECONDS)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _damaged(self, error: sqlite3.DatabaseError, aside: Path) -> None:
        _log.error("`%s` is damaged (%s); it is kept as `%s`, and is made again", self.path, error, aside)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)


def _read(connection: sqlite3.Connection) -> Known | None:
    connection.execute("BEGIN")
    try:
        row = connection.execute(_KNOWN).fetchone()
        rows = connection.execute(_ENTRIES).fetchall() if row else []
    finally:
        connection.execute("COMMIT")
    if row is None:
        return None
    entries = [(Entry(Subject(triad, role), *rest), lost) for triad, role, *rest, lost in rows]
    return Known(entries, revision=row[0], since=row[0], time=row[1])


def _row(entry: tuple[Entry, str | None]) -> tuple[object, ...]:
    (subject, *rest), lost = entry
    return (subject.triad, subject.role, *rest, lost)
