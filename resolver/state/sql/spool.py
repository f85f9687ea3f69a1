"""The spool: outcomes that wait for the database, and those put aside, in a SQLite file of this host, bounded."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError, masked
from resolver.domain import Subject
from resolver.state.journal_columns import DamagedRowError, number_of
from resolver.state.journal_rows import SqlRow
from resolver.state.report_key import IS_CALLERS, is_callers
from resolver.state.sql.queued_rows import Queued, queued_of, text_of_report, text_or_bytes
from resolver.state.sqlite_file import SqliteFile
from resolver.state.table_columns import check_tables

__all__ = ["MOST_PUT_ASIDE", "MOST_QUEUED", "MOST_REASONS", "Queued", "Spool"]

MOST_QUEUED = 100_000
"""The largest number of outcomes that wait; one more is an error for its reporter."""

MOST_PUT_ASIDE = 10_000
"""The largest number of outcomes put aside; for one more, the oldest of them goes."""

MOST_REASONS = 20
"""Different reasons that are counted separately for the outcomes put aside."""

_log = logging.getLogger("resolver")
_TABLES = """
CREATE TABLE IF NOT EXISTS queued (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, time INTEGER NOT NULL, generation INTEGER NOT NULL,
  report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS put_aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, generation INTEGER NOT NULL,
  report TEXT NOT NULL, why TEXT NOT NULL, may_work INTEGER NOT NULL);
"""
_TRIAD, _ROLE = (
    f"CASE WHEN typeof(report) = 'text' AND json_valid(report) THEN json_extract(report, '$[{place}]') END"
    for place in (0, 1)
)
"""A report that is not JSON has no subject, instead of being an error for each change of its row."""

_INDEX = f"""
DROP INDEX IF EXISTS queued_subject;
CREATE INDEX IF NOT EXISTS queued_names ON queued ({_TRIAD}, {_ROLE});
CREATE INDEX IF NOT EXISTS queued_callers_keys ON queued (key) WHERE {IS_CALLERS};
"""
_SECONDS = 5.0
"""Seconds for which an outcome waits for other processes of the host to write theirs."""

_WAITS = f"SELECT 1 FROM queued WHERE {_TRIAD} = ? AND {_ROLE} = ? LIMIT 1"  # noqa: S608  constants
_ENDS = "SELECT (SELECT min(id) FROM queued), (SELECT max(id) FROM queued)"
_HAS_KEY = f"""
SELECT EXISTS (SELECT 1 FROM queued WHERE key = ? AND {IS_CALLERS})
  OR EXISTS (SELECT 1 FROM put_aside WHERE key = ? AND may_work)
"""  # noqa: S608  constants
_PUT_ASIDE = """
INSERT OR IGNORE INTO put_aside (key, time, generation, report, why, may_work) VALUES (?, ?, ?, ?, ?, ?)
"""
_ROW_ASIDE = """
INSERT OR IGNORE INTO put_aside (key, time, generation, report, why, may_work)
  SELECT key, time, generation, report, ?, 0 FROM queued WHERE id = ?
"""
_REQUEUE = """
INSERT INTO queued (key, time, generation, report)
  SELECT key, time, generation, report FROM put_aside WHERE may_work ORDER BY id LIMIT ?
"""
_REQUEUED = "DELETE FROM put_aside WHERE id IN (SELECT id FROM put_aside WHERE may_work ORDER BY id LIMIT ?)"
_REASONS = "SELECT CAST(why AS TEXT), count(*) FROM put_aside GROUP BY why ORDER BY count(*) DESC, why LIMIT ?"
T = TypeVar("T")


class Spool:
    """The outcomes in the SQLite file at `path`, which all processes of the host share, at most `most` that wait.

    `on_damaged_rows` is called with the number of rows that are put aside since this program has not written them.
    Every method raises ResolverError if the file cannot be used.
    """

    def __init__(
        self, path: Path, most: int = MOST_QUEUED, on_damaged_rows: Callable[[int], object] | None = None
    ) -> None:
        self.path = path
        self.most = most
        self._on_damaged_rows = on_damaged_rows
        self._file = SqliteFile(path, _prepare, self._damaged)

    def append(self, queued: Queued, seconds: float = _SECONDS) -> bool:
        """Add an outcome; when this returns, it survives a power cut.

        Returns whether it was added: it is not if an outcome with the same key of a caller waits, or will wait again.

        Raises:
            ResolverError: The spool is full, or was locked for longer than `seconds`.
        """
        is_keyed = is_callers(queued.key)

        def add(connection: sqlite3.Connection) -> bool | None:
            if is_keyed and _has_key(connection, queued.key):
                return None
            if _depth(connection) >= self.most and _count(connection) >= self.most:
                return False
            row = (queued.key, queued.time, queued.generation, text_of_report(queued.report))
            connection.execute("INSERT INTO queued (key, time, generation, report) VALUES (?, ?, ?, ?)", row)
            return True

        is_added = self._file.change(add, durable=True, seconds=seconds)
        if is_added is False:
            raise ResolverError(f"the outcome is not recorded: `{self.path}` is full with {self.most:,} that wait")
        return bool(is_added)

    def has_key(self, key: str) -> bool:
        """Return whether an outcome with this key of a caller waits, or was put aside and will wait again."""
        return self._file.run(lambda connection: _has_key(connection, key))

    def depth(self) -> int:
        """Return how many outcomes wait; this does not create the file."""
        return self._file.run(_depth) if os.path.exists(self.path) else 0

    def oldest(self, count: int) -> list[Queued]:
        """Return the oldest outcomes. Rows that this program has not written are put aside, and logged."""
        if not os.path.exists(self.path):
            return []
        query = "SELECT key, time, generation, report, id FROM queued ORDER BY id LIMIT ?"
        while True:
            rows: list[SqlRow] = self._file.run(lambda connection: connection.execute(query, (count,)).fetchall())
            found, bad = [], {}
            for row in rows:
                try:
                    found.append(queued_of(row))
                except DamagedRowError as error:
                    bad[row[-1]] = masked(str(error))
            self._put_rows_aside(bad)
            if found or not bad:
                return found

    def waits(self, subject: Subject) -> bool:
        """Return whether an outcome of `subject` waits."""
        if not self.depth():
            return False
        of = (subject.triad, subject.role)
        return bool(self._file.run(lambda connection: connection.execute(_WAITS, of).fetchone()))

    def remove(self, queued: Sequence[Queued]) -> None:
        """Remove outcomes that were delivered."""
        ids = [(each.id,) for each in queued]
        if ids:
            self._change(lambda connection: connection.executemany("DELETE FROM queued WHERE id = ?", ids))

    def put_aside(self, queued: Queued, why: str, *, may_work: bool) -> int:
        """Put an outcome aside that cannot be written, whether it waited or not; return how many had to go for it.

        `may_work` is whether it can be written once the database is set up in another way.
        """

        def move(connection: sqlite3.Connection) -> int:
            row = (queued.key, queued.time, queued.generation, text_of_report(queued.report), why, may_work)
            connection.execute(_PUT_ASIDE, row)
            connection.execute("DELETE FROM queued WHERE id = ?", (queued.id,))
            return _forget_oldest(connection)

        return self._change(move)

    def put_aside_count(self) -> int:
        """Return how many outcomes are put aside; this does not create the file."""
        query = "SELECT count(*) FROM put_aside"
        if not os.path.exists(self.path):
            return 0
        return int(self._file.run(lambda connection: connection.execute(query).fetchone()[0]))

    def reasons(self) -> dict[str, int]:
        """Return the most frequent reasons for which outcomes are put aside, each with its number of outcomes."""
        if not os.path.exists(self.path):
            return {}
        rows = self._file.run(lambda connection: connection.execute(_REASONS, (MOST_REASONS,)).fetchall())
        return {str(why): int(count) for why, count in rows}

    def requeue(self) -> int:
        """Let outcomes wait again that may work by now, as many as there is room for; return how many."""
        if not self.put_aside_count():
            return 0

        def move(connection: sqlite3.Connection) -> int:
            room = (max(self.most - _count(connection), 0),)
            connection.execute(_REQUEUE, room)
            return connection.execute(_REQUEUED, room).rowcount

        return self._change(move)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        return self._file.change(change, durable=True)

    def _put_rows_aside(self, bad: dict[object, str]) -> None:
        """Put damaged rows aside, as they are: what can be read of them is for people."""

        def move(connection: sqlite3.Connection) -> None:
            for row, why in bad.items():
                connection.execute(_ROW_ASIDE, (f"its row is damaged: {why}", row))
                connection.execute("DELETE FROM queued WHERE id = ?", (row,))
            _forget_oldest(connection)

        if bad:
            self._change(move)
            message = "%d rows of `%s` are damaged and put aside; the first: %s"
            _log.error(message, len(bad), self.path, next(iter(bad.values())))
            if self._on_damaged_rows is not None:
                self._on_damaged_rows(len(bad))

    def _damaged(self, reason: str, aside: Path) -> None:
        message = "`%s` is damaged (%s); it is kept as `%s`, and the outcomes that waited in it are not delivered"
        _log.error(message, self.path, reason, aside)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.text_factory = text_or_bytes
    connection.executescript(_TABLES)
    check_tables(connection, _TABLES)
    connection.executescript(_INDEX)


def _has_key(connection: sqlite3.Connection, key: str) -> bool:
    return bool(connection.execute(_HAS_KEY, (key, key)).fetchone()[0])


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM queued").fetchone()[0])


def _forget_oldest(connection: sqlite3.Connection) -> int:
    """Delete the oldest outcomes put aside, if there are too many; return how many."""
    query = "DELETE FROM put_aside WHERE id <= (SELECT id FROM put_aside ORDER BY id DESC LIMIT 1 OFFSET ?)"
    return connection.execute(query, (MOST_PUT_ASIDE,)).rowcount


def _depth(connection: sqlite3.Connection) -> int:
    """Return how many outcomes wait, without counting: they leave only from the front.

    One statement reads both ends, since another process may remove the last outcome meanwhile.
    """
    first, last = connection.execute(_ENDS).fetchone()
    return 0 if first is None else number_of(last) - number_of(first) + 1
