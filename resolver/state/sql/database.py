"""The database of a state: what is read from it and written to it, each within a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from sys import intern
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Subject
from resolver.serving.telemetry import count_retry
from resolver.state.history_filter import first_text, newest_events
from resolver.state.journal_rows import event_of
from resolver.state.sql.connections import Connections
from resolver.state.sql.database_errors import is_conflict, to_resolver_error
from resolver.state.sql.schema_version import check_tables, no_tables
from resolver.state.sql.sql_rows import NOTHING, Entry, Stored, Write, id_of, stored_of
from resolver.state.sql.sql_tables import HISTORY, OUTCOME, SUBJECT
from resolver.state.sql.state_url import StateURL
from resolver.state.sql.writing import Written, write_all, write_keys

_FETCHED_AT_ONCE = 10_000
_ROW = ("version", "generation", "entry", "lowered", "strikes", "failed_tier", "streak_entry", "errors")
_COLUMNS = [SUBJECT.c[name] for name in _ROW]
_ONE = select(*_COLUMNS).where(SUBJECT.c.id == bindparam("of"))
_SOME = select(SUBJECT.c.id, *_COLUMNS).where(SUBJECT.c.id.in_(bindparam("of", expanding=True)))
_STREAKS = select(SUBJECT.c.triad, SUBJECT.c.role, *_COLUMNS).where(SUBJECT.c.strikes > 0)
_ENTRY = [SUBJECT.c[name] for name in ("triad", "role", "generation", "entry", "lowered", "changed")]
_LATER = select(*_ENTRY).where(SUBJECT.c.changed > bindparam("since"))
_OF = select(*_ENTRY).where(SUBJECT.c.id.in_(bindparam("of", expanding=True)))
_CHANGED = union_all(_OF, _LATER)
_PAGE = _LATER.order_by(SUBJECT.c.changed).limit(_FETCHED_AT_ONCE)
_EVENTS = select(*[column for column in HISTORY.c if column is not HISTORY.c.id]).order_by(HISTORY.c.id.desc())
_KNOWN_KEYS = select(OUTCOME.c.key).where(OUTCOME.c.key.in_(bindparam("keys", expanding=True)))

T = TypeVar("T")


class Database:
    """The state in the database at `url`.

    A deadline is a time of the monotonic clock; without one, a call may take `url.deadline` seconds. Every method
    raises DatabaseUnavailableError if the database cannot be reached until then, and ResolverError for other errors.
    """

    def __init__(self, url: StateURL) -> None:
        self.url = url
        self.connections = Connections(url)

    def __repr__(self) -> str:
        return f"Database({str(self.url)!r})"

    def deadline(self) -> float:
        """Return the deadline of a call that begins now."""
        return monotonic() + self.url.deadline

    def check(self) -> None:
        """Raise ResolverError unless this program may use the tables, in the version that they have."""
        if self.url.is_missing_file:
            raise ResolverError(no_tables(self.url))  # connecting would create it
        self.read(lambda connection: check_tables(connection, self.url))

    def stored(self, subject: Subject, deadline: float | None = None) -> Stored:
        """Return the row of `subject`."""
        row = self.read(lambda connection: connection.execute(_ONE, {"of": id_of(subject)}).first(), deadline)
        return NOTHING if row is None else stored_of(tuple(row))

    def rows(self, subjects: Iterable[Subject]) -> dict[Subject, Stored]:
        """Return the rows of `subjects`."""
        of = {id_of(subject): subject for subject in subjects}
        rows = self.read(lambda connection: connection.execute(_SOME, {"of": list(of)}).all())
        return dict.fromkeys(of.values(), NOTHING) | {of[row[0]]: stored_of(tuple(row[1:])) for row in rows}

    def streaks(self) -> dict[Subject, Stored]:
        """Return every row with a streak."""
        rows = self.read(lambda connection: connection.execute(_STREAKS).all())
        return {Subject(row[0], row[1]): stored_of(tuple(row[2:])) for row in rows}

    def changed(self, since: int, also: Iterable[Subject]) -> list[Entry]:
        """Return the entries that have changed after this revision of the state, and those of some subjects."""
        asked = {"since": since, "of": [id_of(subject) for subject in also]}
        return [_entry(row) for row in self.read(lambda connection: connection.execute(_CHANGED, asked).all())]

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, perhaps a million, in the order of their changes."""
        since = 0
        while True:
            page = self.read(partial(_page, since=since))
            yield from map(_entry, page)
            if len(page) < _FETCHED_AT_ONCE:
                return
            since = int(page[-1][-1])

    def history(self, since: datetime | None = None, triad: str | None = None, most: int | None = None) -> list[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""
        query = _EVENTS
        if since is not None:
            query = query.where(HISTORY.c.time >= first_text(since))
        if triad is not None:
            query = query.where(HISTORY.c.triad == triad)

        def read(limit: int | None) -> list[Event]:
            limited = query.limit(limit)
            return [event_of(tuple(row)) for row in self.read(lambda connection: connection.execute(limited).all())]

        return newest_events(read, since, triad, most)

    def known(self, keys: Sequence[str], deadline: float | None = None) -> set[str]:
        """Return which of these keys are those of outcomes that have been written."""
        ask = {"keys": list(keys)}
        return set(self.read(lambda connection: connection.execute(_KNOWN_KEYS, ask).scalars().all(), deadline))

    def write(self, writes: Sequence[Write], deadline: float | None = None) -> Written:
        """Do what `write_all` does; raises what SQLAlchemy raises."""
        with self.connections.use(self.deadline() if deadline is None else deadline) as connection:
            return write_all(connection, writes)

    def write_keys(self, keys: Sequence[str], deadline: float | None = None) -> int:
        """Do what `write_keys` of `resolver.state.sql.writing` does; raises what SQLAlchemy raises."""
        with self.connections.use(self.deadline() if deadline is None else deadline) as connection:
            return write_keys(connection, keys)

    def read(self, ask: Callable[[Connection], T], deadline: float | None = None) -> T:
        """Return the result of `ask`, with one more attempt if a connection turns out to be dead, or after a conflict.

        Reads have conflicts, too: a node of a cluster that is cut off reports a lock timeout.
        """
        end = self.deadline() if deadline is None else deadline
        try:
            with self.connections.use(end) as connection:
                return ask(connection)
        except SQLAlchemyError as error:
            is_dead = bool(getattr(error, "connection_invalidated", False))
            if not (is_dead or is_conflict(error)) or monotonic() >= end:
                raise to_resolver_error(self.url, error) from None
        count_retry("connection" if is_dead else "conflict")
        if is_dead:
            self.connections.close_idle()  # they are probably as dead
        try:
            with self.connections.use(end) as connection:
                return ask(connection)
        except SQLAlchemyError as error:
            raise to_resolver_error(self.url, error) from None


def _page(connection: Connection, since: int) -> Sequence[Any]:
    return connection.execute(_PAGE, {"since": since}).all()


def _entry(row: Sequence[Any]) -> Entry:
    entry = row[3] if row[3] is None else intern(row[3])
    return Entry(Subject(row[0], intern(row[1])), int(row[2]), entry, int(row[4]), int(row[5]))
