"""The known state: the entries that this host has last seen in the database, in a SQLite file beside the spool.

Lets a process start while the database is unreachable, and detect entries that the database has lost. The file stores
an entry count and a checksum, because a missing entry would lower an agent: a file in which they are wrong is damaged.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import NamedTuple
from zlib import crc32

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.frozen import frozen
from resolver.state.journal_columns import DamagedRowError, decoded, maybe_text_of, number_of, second_of, text_of
from resolver.state.journal_rows import SqlRow, key_of
from resolver.state.read_only import look_into
from resolver.state.sql.sql_rows import Entry
from resolver.state.sqlite_file import SqliteFile
from resolver.state.table_columns import check_tables

_SECONDS = 1.0
"""Seconds for which a process waits for others of this host that write the file."""

_VERSION = 1
_ENTRY = """
CREATE TABLE entry (
  triad TEXT NOT NULL, role TEXT NOT NULL, generation INTEGER NOT NULL, tier TEXT, lowered INTEGER NOT NULL,
  changed INTEGER NOT NULL, lost TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
"""
_VERSION_0 = f"{_ENTRY} CREATE TABLE known (revision INTEGER NOT NULL, time INTEGER NOT NULL);"
_COUNTED = """
ALTER TABLE known ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE known ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
"""
_SCHEMA = f"{_VERSION_0} {_COUNTED}"
_UPSERT = """
INSERT INTO entry (triad, role, generation, tier, lowered, changed, lost) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (triad, role) DO UPDATE SET generation = excluded.generation, tier = excluded.tier,
    lowered = excluded.lowered, changed = excluded.changed, lost = excluded.lost
  WHERE excluded.generation >= generation
"""
_KNOWN = "SELECT revision, time, entries, checksum FROM known"
_ENTRIES = "SELECT triad, role, generation, tier, lowered, changed, lost FROM entry"
_ENTRY_OF = f"{_ENTRIES} WHERE triad = ? AND role = ?"
_log = logging.getLogger("resolver")


class _Head(NamedTuple):
    """The row of `known`: what was saved when, the number of the entries, and the sum of their checksums.

    The file has the sum with the checksum of the other columns added.
    """

    revision: int
    time: int
    entries: int
    checksum: int

    @property
    def row(self) -> tuple[int, int, int, int]:
        return (*self[:3], self.checksum + _checksum(self[:3]))


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
    if not os.path.exists(path):
        return None
    try:
        head = look_into(path, _looked)
    except ResolverError:
        return None
    return None if head is None else (head.revision, datetime.fromtimestamp(head.time, UTC))


class KnownState:
    """The known state in the file at `path`, which all processes of a host share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = SqliteFile(path, self._prepare, self._damaged)

    def load(self) -> Known | None:
        """Return the saved state; None if there is none, or if it cannot be read, which is logged."""
        if not os.path.exists(self.path):
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
            head = None if replace else _head(connection)
            if known.since > (head.revision if head else 0):
                return False
            if head is None:
                connection.execute("DELETE FROM entry")
                head = _Head(-1, 0, 0, 0)
            rows = {row[:2]: row for row in map(_row, known.entries)}
            before = _summed(_rows_of(connection, rows)) if head.entries else (0, 0)
            connection.executemany(_UPSERT, rows.values())
            after = _summed(_rows_of(connection, rows) if head.entries else rows.values())
            counted = (head.entries + after[0] - before[0], head.checksum + after[1] - before[1])
            _keep_head(connection, _Head(max(known.revision, head.revision), int(time()), *counted))
            return True

        return self._file.change(write, durable=True, seconds=_SECONDS)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.text_factory = decoded
        if _version(connection) > _VERSION:
            raise ResolverError(f"`{self.path}` was written by a newer version of this program")
        if _version(connection) < _VERSION:
            with connection:  # commits, or rolls back
                connection.execute("BEGIN IMMEDIATE")
                _migrate(connection)
        check_tables(connection, _SCHEMA)

    def _damaged(self, reason: str, aside: Path) -> None:
        _log.error("`%s` is damaged (%s); it is kept as `%s`, and is made again", self.path, reason, aside)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    """Create the tables, or count the entries of a file of version 0, unless another process has just done so."""
    if _version(connection) == _VERSION:
        return
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
        _execute(connection, _SCHEMA)
    else:
        check_tables(connection, _VERSION_0)
        _execute(connection, _COUNTED)
        if (head := _head(connection)) is not None:
            _keep_head(connection, _Head(head.revision, head.time, *_summed(connection.execute(_ENTRIES))))
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _execute(connection: sqlite3.Connection, statements: str) -> None:
    """Execute statements inside of a transaction, which `executescript` would end."""
    for statement in statements.split(";"):
        connection.execute(statement)


def _looked(connection: sqlite3.Connection) -> _Head | None:
    connection.text_factory = decoded
    check_tables(connection, _SCHEMA)
    return _head(connection)


def _head(connection: sqlite3.Connection) -> _Head | None:
    rows = connection.execute(_KNOWN).fetchall()
    if not rows:
        return None
    if len(rows) > 1:
        raise DamagedRowError("it has been saved more than once")
    revision, saved, entries, checksum = rows[0]
    others = number_of(revision, 0), second_of(saved), number_of(entries, 0)
    return _Head(*others, number_of(checksum, 0) - _checksum(others))


def _keep_head(connection: sqlite3.Connection, head: _Head) -> None:
    connection.execute("DELETE FROM known")
    connection.execute("INSERT INTO known (revision, time, entries, checksum) VALUES (?, ?, ?, ?)", head.row)


def _read(connection: sqlite3.Connection) -> Known | None:
    connection.execute("BEGIN")
    try:
        head = _head(connection)
        rows = connection.execute(_ENTRIES).fetchall() if head else []
    finally:
        connection.execute("ROLLBACK")
    if head is None:
        return None
    if _summed(rows) != (head.entries, head.checksum):
        raise DamagedRowError("its entries are not those that were saved")
    return Known(list(map(_entry, rows)), revision=head.revision, since=head.revision, time=head.time)


def _entry(row: SqlRow) -> tuple[Entry, str | None]:
    triad, role, generation, tier, lowered, changed, lost = row
    subject, entry = Subject(text_of(triad), text_of(role)), maybe_text_of(tier)
    numbers = number_of(lowered, 0), number_of(changed, 0)
    return Entry(subject, number_of(generation, 0), entry, *numbers), maybe_text_of(lost)


def _row(entry: tuple[Entry, str | None]) -> SqlRow:
    (subject, *rest), lost = entry
    return (*key_of(subject), *rest, lost)


def _rows_of(connection: sqlite3.Connection, keys: Iterable[SqlRow]) -> Iterator[SqlRow]:
    """Yield the rows with these names."""
    for key in keys:
        yield from connection.execute(_ENTRY_OF, key)


def _summed(rows: Iterable[SqlRow]) -> tuple[int, int]:
    """Return the number of rows, and the sum of their checksums."""
    sums = list(map(_checksum, rows))
    return len(sums), sum(sums)


def _checksum(row: SqlRow) -> int:
    return crc32(ascii(row).encode())
