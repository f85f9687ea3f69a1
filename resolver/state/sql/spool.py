"""The spool: outcomes that wait for the database, and those put aside, in a SQLite file of this host, bounded."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from resolver.diagnostics import ResolverError
from resolver.domain import Subject
from resolver.frozen import frozen
from resolver.state.sqlite_file import SqliteFile
from resolver.table import Report

MOST_QUEUED = 100_000
"""The largest number of outcomes that wait; one more is an error for its reporter."""

MOST_PUT_ASIDE = 10_000
"""The largest number of outcomes put aside; for one more, the oldest of them goes."""

MOST_REASONS = 20
"""Different reasons that are told apart for the outcomes put aside."""

_log = logging.getLogger("resolver")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS queued (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, time INTEGER NOT NULL, generation INTEGER NOT NULL,
  report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS put_aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, generation INTEGER NOT NULL,
  report TEXT NOT NULL, why TEXT NOT NULL, may_work INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS queued_subject ON queued (json_extract(report, '$[0]'), json_extract(report, '$[1]'));
"""
_SECONDS = 5.0
"""Seconds for which an outcome waits for other processes of the host to write theirs."""

_ENDS = "SELECT (SELECT min(id) FROM queued), (SELECT max(id) FROM queued)"
_PUT_ASIDE = """
INSERT OR IGNORE INTO put_aside (key, time, generation, report, why, may_work) VALUES (?, ?, ?, ?, ?, ?)
"""
_REQUEUE = """
INSERT INTO queued (key, time, generation, report)
  SELECT key, time, generation, report FROM put_aside WHERE may_work ORDER BY id LIMIT ?
"""
_REQUEUED = "DELETE FROM put_aside WHERE id IN (SELECT id FROM put_aside WHERE may_work ORDER BY id LIMIT ?)"
_REASONS = "SELECT why, count(*) FROM put_aside GROUP BY why ORDER BY count(*) DESC, why LIMIT ?"
T = TypeVar("T")


@frozen
class Queued:
    """An outcome that waits: its unique key, the time of its report, and the generation of its subject's entry then."""

    key: str
    time: int
    generation: int
    report: Report
    id: int = 0


class Spool:
    """The outcomes in the SQLite file at `path`, which all processes of the host share, at most `most` that wait.

    Every method raises ResolverError if the file cannot be used.
    """

    def __init__(self, path: Path, most: int = MOST_QUEUED) -> None:
        self.path = path
        self.most = most
        self._file = SqliteFile(path, _prepare, self._damaged)

    def append(self, queued: Queued, seconds: float = _SECONDS) -> None:
        """Add an outcome; when this returns, it survives a power cut.

        Raises:
            ResolverError: The spool is full, or was locked for longer than `seconds`.
        """

        def add(connection: sqlite3.Connection) -> bool:
            if _depth(connection) >= self.most:
                return False
            row = (queued.key, queued.time, queued.generation, _text(queued.report))
            connection.execute("INSERT INTO queued (key, time, generation, report) VALUES (?, ?, ?, ?)", row)
            return True

        if not self._file.change(add, durable=True, seconds=seconds):
            raise ResolverError(f"the outcome is not recorded: `{self.path}` is full with {self.most:,} that wait")

    def depth(self) -> int:
        """Return how many outcomes wait; this does not create the file."""
        return self._file.run(_depth) if self.path.exists() else 0

    def oldest(self, count: int) -> list[Queued]:
        """Return the oldest outcomes."""
        if not self.path.exists():
            return []
        query = "SELECT key, time, generation, report, id FROM queued ORDER BY id LIMIT ?"
        rows = self._file.run(lambda connection: connection.execute(query, (count,)).fetchall())
        return [Queued(row[0], row[1], row[2], _report(row[3]), row[4]) for row in rows]

    def waits(self, subject: Subject) -> bool:
        """Return whether an outcome of `subject` waits."""
        if not self.depth():
            return False
        query = (
            "SELECT 1 FROM queued WHERE json_extract(report, '$[0]') = ? AND json_extract(report, '$[1]') = ? LIMIT 1"
        )
        of = (subject.triad, subject.role)
        return bool(self._file.run(lambda connection: connection.execute(query, of).fetchone()))

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
            row = (queued.key, queued.time, queued.generation, _text(queued.report), why, may_work)
            connection.execute(_PUT_ASIDE, row)
            connection.execute("DELETE FROM queued WHERE id = ?", (queued.id,))
            query = "DELETE FROM put_aside WHERE id <= (SELECT id FROM put_aside ORDER BY id DESC LIMIT 1 OFFSET ?)"
            return connection.execute(query, (MOST_PUT_ASIDE,)).rowcount

        return self._change(move)

    def put_aside_count(self) -> int:
        """Return how many outcomes are put aside; this does not create the file."""
        query = "SELECT count(*) FROM put_aside"
        return (
            int(self._file.run(lambda connection: connection.execute(query).fetchone()[0])) if self.path.exists() else 0
        )

    def reasons(self) -> dict[str, int]:
        """Return the most frequent reasons for which outcomes are put aside, each with its number of outcomes."""
        if not self.path.exists():
            return {}
        return dict(self._file.run(lambda connection: connection.execute(_REASONS, (MOST_REASONS,)).fetchall()))

    def requeue(self) -> int:
        """Let outcomes wait again that may work by now, as many as there is room for; return how many."""
        if not self.put_aside_count():
            return 0

        def move(connection: sqlite3.Connection) -> int:
            room = (max(self.most - _depth(connection), 0),)
            connection.execute(_REQUEUE, room)
            return connection.execute(_REQUEUED, room).rowcount

        return self._change(move)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _change(self, change: Callable[[sqlite3.Connection], T]) -> T:
        return self._file.change(change, durable=True)

    def _damaged(self, error: sqlite3.DatabaseError, aside: Path) -> None:
        _log.error("`%s` is damaged (%s); it is kept as `%s`, and what waited in it does not", self.path, error, aside)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)


def _depth(connection: sqlite3.Connection) -> int:
    """Return how many outcomes wait, without counting: they leave only from the front.

    One statement reads both ends, since another process may remove the last outcome meanwhile.
    """
    first, last = connection.execute(_ENDS).fetchone()
    return 0 if first is None else int(last - first) + 1


def _text(report: Report) -> str:
    subject = report.subject
    values = [subject.triad, subject.role, report.phase, dict(report.extra), report.failed, report.kind, report.error]
    return json.dumps([*values, report.ran_on])


def _report(text: str) -> Report:
    triad, role, phase, extra, failed, kind, error, ran_on = json.loads(text)
    return Report(Subject(triad, role), phase, extra, failed, kind, error, ran_on)
