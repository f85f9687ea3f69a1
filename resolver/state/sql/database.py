"""The database of a state: reads, writes, and the check of its tables' version."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sys import intern
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Subject
from resolver.state.journal_rows import event_of
from resolver.state.sql.database_errors import is_missing, to_resolver_error
from resolver.state.sql.sql_rows import NOTHING, Stored, id_of, stored_of
from resolver.state.sql.sql_tables import CLOCK, HEAD, HISTORY, KNOWN, OUTCOME, SUBJECT, VERSION
from resolver.state.sql.state_url import StateURL
from resolver.state.sql.writing import Writer
from resolver.state.store_protocol import Change

DAYS_OF_KEYS = 8
"""Days for which the key of an outcome is kept. An outcome that is older than a day less is not delivered."""

_SECONDS_OF_KEYS = DAYS_OF_KEYS * 24 * 60 * 60
_MOST_PRUNED = 1_000
_FETCHED_AT_ONCE = 10_000
_COLUMNS = [
    SUBJECT.c[name] for name in ("version", "generation", "entry", "strikes", "failed_tier", "streak_entry", "errors")
]
_ONE = select(*_COLUMNS).where(SUBJECT.c.id == bindparam("of"))
_STREAKS = select(SUBJECT.c.triad, SUBJECT.c.role, *_COLUMNS).where(SUBJECT.c.strikes > 0)
_CHANGED = select(SUBJECT.c.triad, SUBJECT.c.role, SUBJECT.c.generation, SUBJECT.c.entry, SUBJECT.c.changed).where(
    SUBJECT.c.changed > bindparam("since")
)
_EVENTS = select(*[column for column in HISTORY.c if column is not HISTORY.c.id]).order_by(HISTORY.c.id)
_IS_KNOWN = select(OUTCOME.c.key).where(OUTCOME.c.key == bindparam("key"))
_OLD = select(OUTCOME.c.key).where(OUTCOME.c.time < bindparam("before")).limit(_MOST_PRUNED)

T = TypeVar("T")
Entry = tuple[Subject, int, str | None, int]
"""A subject, its generation, its entry, and the revision of the state in which the entry changed."""

_LEFT_BY_FORKS: list[Engine] = []
"""Connections of a parent process: closing them here would end the parent's sessions."""


class Database:
    """The state in the database at `url`.

    Every method raises ResolverError; DatabaseUnavailableError if the database cannot be reached.
    """

    def __init__(self, url: StateURL) -> None:
        self.url = url
        self._connect()

    def __repr__(self) -> str:
        return f"Database({str(self.url)!r})"

    def check(self) -> None:
        """Raise ResolverError unless the tables exist, in the version that this program uses."""
        versions: Sequence[str] = []
        file = self.url.url.database or ""
        if self.url.dialect != "sqlite" or Path(file).exists():  # connecting would create it
            versions = self._versions()
        make = "`resolver state migrate` makes them"
        if not versions:
            raise ResolverError(f"`{self.url}` has no tables of this program; {make}")
        if set(versions) - set(KNOWN):
            raise ResolverError(f"the tables in `{self.url}` were made by a newer version of this program")
        if versions != [HEAD]:
            raise ResolverError(f"the tables in `{self.url}` are of version {versions[0]}, not {HEAD}; {make}")

    def _versions(self) -> Sequence[str]:
        try:
            with self._reading() as connection:
                return connection.execute(select(VERSION.c.version_num)).scalars().all()
        except SQLAlchemyError as error:
            if not is_missing(error):
                raise to_resolver_error(self.url, error) from None
            return []

    def stored(self, subject: Subject) -> Stored:
        """Return the row of `subject`."""
        row = self.read(lambda connection: connection.execute(_ONE, {"of": id_of(subject)}).first())
        return NOTHING if row is None else stored_of(tuple(row))

    def streaks(self) -> dict[Subject, Stored]:
        """Return every row with a streak."""
        rows = self.read(lambda connection: connection.execute(_STREAKS).all())
        return {Subject(row[0], row[1]): stored_of(tuple(row[2:])) for row in rows}

    def changed(self, since: int) -> Iterator[Entry]:
        """Yield the entries that have changed after this revision of the state."""
        if since:
            rows = self.read(lambda connection: connection.execute(_CHANGED, {"since": since}).all())
            yield from map(_entry, rows)
            return
        try:  # all of them, perhaps a million: they are fetched in batches, which takes a transaction
            with self.engine.connect() as connection, connection.begin():
                some = connection.execution_options(yield_per=_FETCHED_AT_ONCE)
                with some.execute(_CHANGED, {"since": since}) as result:  # a lost connection leaves no cursor open
                    yield from map(_entry, result)
        except SQLAlchemyError as error:
            raise to_resolver_error(self.url, error) from None

    def revision(self) -> int:
        """Return the revision of the state."""
        return int(self.read(lambda connection: connection.execute(select(func.max(CLOCK.c.at))).scalar_one()) or 0)

    def history(self) -> list[Event]:
        """Return all events, oldest first."""
        return [event_of(tuple(row)) for row in self.read(lambda connection: connection.execute(_EVENTS).all())]

    def knows(self, key: str) -> bool:
        """Return whether the outcome with this key has been written."""
        return self.read(lambda connection: connection.execute(_IS_KNOWN, {"key": key}).first()) is not None

    def write(self, subject: Subject, judged: Stored, entry: str | None, change: Change, key: str) -> Stored | None:
        """Do what `Writer.write` does; raises what SQLAlchemy raises."""
        return self._writer.write(subject, judged, entry, change, key)

    def prune(self) -> None:
        """Delete a batch of keys of outcomes that cannot be reported again."""

        def forget(connection: Connection) -> int:
            old = connection.execute(_OLD, {"before": int(time.time()) - _SECONDS_OF_KEYS}).scalars().all()
            if old:
                connection.execute(delete(OUTCOME).where(OUTCOME.c.key.in_(old)))
            return len(old)

        while self.read(forget) == _MOST_PRUNED:
            pass

    def read(self, ask: Callable[[Connection], T]) -> T:
        """Return the result of `ask`, with one more attempt if a connection turns out to be dead."""
        try:
            with self._reading() as connection:
                return ask(connection)
        except SQLAlchemyError as error:
            if not getattr(error, "connection_invalidated", False):
                raise to_resolver_error(self.url, error) from None
        try:
            with self._reading() as connection:
                return ask(connection)
        except SQLAlchemyError as error:
            raise to_resolver_error(self.url, error) from None

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self.engine.dispose()
        self._alone.dispose()

    def renew(self) -> None:
        """Leave the connections to the parent process."""
        _LEFT_BY_FORKS.extend((self.engine, self._alone))
        self._connect()

    def _connect(self) -> None:
        self.engine = self.url.engine()
        self._alone = self.url.engine(alone=True)
        self._writer = Writer(self.engine, self._alone)

    def _reading(self) -> Connection:
        return self._alone.connect()


def _entry(row: Sequence[Any]) -> Entry:
    return Subject(row[0], intern(row[1])), int(row[2]), row[3], int(row[4])
