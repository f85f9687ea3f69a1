"""Retention: for how long the history and the keys of outcomes are kept, and the pruner that deletes older rows.

Ages are measured by the server's clock: a host whose clock is wrong deletes nothing that others need.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, literal_column, select, update
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.state.sql.database_errors import is_conflict, to_resolver_error
from resolver.state.sql.rights import TO_FORGET, grants_of, lacking_rights
from resolver.state.sql.schema_version import check_schema, no_tables
from resolver.state.sql.sql_tables import HISTORY, OUTCOME, SETTING
from resolver.state.sql.state_url import StateURL
from resolver.state.sql.statement import SECOND

DAYS_OF_KEYS = 8
"""Days for which the key of an outcome is kept. An outcome that is older than a day less is not delivered."""

MOST_DAYS = 36_500
"""The longest retention of the history, in days, short of forever."""

SECONDS_OF_LEASE = 60 * 60
"""Seconds for which no other process begins to prune."""

_SECONDS_OF_DAY = 24 * 60 * 60
_MOST_DELETED = 250
_SECONDS_TO_RETRY = 60.0
_SECONDS_AHEAD = 60
"""Seconds by which a lease may be ahead of the server's clock. It is more only if another server took over."""

_DAYS = select(SETTING.c.value).where(SETTING.c.name == "history_days")
_SET_DAYS = update(SETTING).where(SETTING.c.name == "history_days").values(value=bindparam("days"))
_FIRST_KEYS = (
    select(OUTCOME.c.key, OUTCOME.c.time)
    .where(OUTCOME.c.time >= bindparam("after"))
    .order_by(OUTCOME.c.time)
    .limit(_MOST_DELETED)
)
_FIRST_EVENTS = (
    select(HISTORY.c.id, HISTORY.c.time)
    .where(HISTORY.c.time >= bindparam("after"))
    .order_by(HISTORY.c.time)
    .limit(_MOST_DELETED)
)
_DELETE_KEYS = delete(OUTCOME).where(OUTCOME.c.key.in_(bindparam("rows", expanding=True)))
_DELETE_EVENTS = delete(HISTORY).where(HISTORY.c.id.in_(bindparam("rows", expanding=True)))

_log = logging.getLogger("resolver")
_Step = Callable[[Connection], Any]
_Steps = Generator[_Step, Any, None]


def history_days(connection: Connection) -> int:
    """Return for how many days the history is kept, 0 for ever. Raises also what SQLAlchemy raises."""
    value = connection.execute(_DAYS).scalar()
    if value is None:
        raise ResolverError("the table `resolver_setting` has no row `history_days`; restore it from a backup")
    return max(0, int(value))


def set_history_days(connection: Connection, days: int) -> str | None:
    """Keep the history for `days` days, 0 for ever, and return a warning if this role may not delete old events.

    Raises:
        ResolverError: The number is out of range, or the row is gone.
        SQLAlchemyError: The database cannot be reached, or refuses.
    """
    if not 0 <= days <= MOST_DAYS:
        raise ResolverError(f"the history is kept for 1 to {MOST_DAYS:,} days, or for ever")
    if not connection.execute(_SET_DAYS, {"days": days}).rowcount:
        history_days(connection)  # raises what is wrong
    return _why_nothing_is_forgotten(connection) if days else None


def keep_history(url: StateURL, days: int | None = None) -> tuple[int, str | None]:
    """Set for how many days the history is kept, 0 for ever; None changes nothing.

    Returns:
        The days now, and a warning if the role in `url` may not delete old events.

    Raises:
        ResolverError: The database cannot be used, or has tables of another version.
    """
    if url.is_missing_file:
        raise ResolverError(no_tables(url))  # connecting would create the file
    engine = url.engine(owner=True).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            check_schema(connection, url)
            warning = None if days is None else set_history_days(connection, days)
            return history_days(connection), warning
    except SQLAlchemyError as error:
        raise to_resolver_error(url, error) from None
    finally:
        engine.dispose()


class Pruner:
    """Deletes old keys and events of one database, a small statement at a time, one process of all hosts at a time.

    The process that writes the second of the server into the row `pruned` prunes for the next hour, or until nothing
    old is left; a process that dies is replaced after the hour. Make another pruner after a fork.

    Example:
        >>> pruner = Pruner()
        >>> # on a connection in autocommit mode: while pruner.batch(connection): pass
    """

    def __init__(self) -> None:
        self._next = 0.0
        self._end = 0.0
        self._steps: _Steps | None = None
        self._step: _Step | None = None

    @property
    def is_due(self) -> bool:
        """Whether `batch` has something to do."""
        return monotonic() >= self._next

    def batch(self, connection: Connection) -> bool:
        """Execute the next statement, if it is time, and return whether more is to do now.

        The first call takes the lease. While another process has it, or nothing is left to delete, calls do nothing for
        about an hour. After an error, calls do nothing for a minute, and then go on where it happened.

        Args:
            connection: A connection in autocommit mode; each call may get another one.

        Raises:
            SQLAlchemyError: The statement failed.
        """
        now = monotonic()
        if now < self._next:
            return False
        if self._steps is None or now >= self._end:
            self._end = now + SECONDS_OF_LEASE
            self._steps = _prune(connection.dialect.name)
            self._step = next(self._steps)
        assert self._step is not None
        try:
            found = self._step(connection)
        except SQLAlchemyError as error:
            if is_conflict(error):
                return True
            self._next = now + _SECONDS_TO_RETRY
            raise
        try:
            self._step = self._steps.send(found)
        except StopIteration:
            self._steps = None
            self._next = now + SECONDS_OF_LEASE * random.uniform(1, 1.2)  # noqa: S311  no secret: not all at once
            return False
        return True


def _prune(dialect: str) -> _Steps:
    """Yield what to execute, and receive the rows, or the number of rows that changed."""
    second: Any = literal_column(SECOND[dialect])
    is_free = (SETTING.c.value <= second - SECONDS_OF_LEASE) | (SETTING.c.value > second + _SECONDS_AHEAD)
    if not (yield _changing(update(SETTING).where(SETTING.c.name == "pruned", is_free).values(value=second))):
        return
    ((clock, days),) = yield _reading(select(second, _DAYS.scalar_subquery()))
    yield from _delete(_FIRST_KEYS, _DELETE_KEYS, 0, int(clock) - DAYS_OF_KEYS * _SECONDS_OF_DAY)
    if not days or not 0 < int(days) <= MOST_DAYS:
        return
    if (warning := (yield _why_nothing_is_forgotten)) is not None:
        _log.warning("%s", warning)
        return
    oldest = datetime.fromtimestamp(int(clock), UTC) - timedelta(days=int(days))
    yield from _delete(_FIRST_EVENTS, _DELETE_EVENTS, "", oldest.strftime("%Y-%m-%dT%H:%M:%S"))


def _delete(find: Executable, remove: Executable, after: Any, before: Any) -> _Steps:
    """Yield what finds the oldest rows and what deletes them, until none is older than `before`.

    Each search begins where the last one ended: it does not pass over what has been deleted. It has no other end than
    its number of rows; with a second bound, PostgreSQL may read and sort all old rows for each batch.
    """
    while True:
        rows: Sequence[Any] = yield _reading(find, {"after": after})
        old = [row for row in rows if row[1] < before]
        if not old:
            return
        yield _changing(remove, {"rows": [row[0] for row in old]})
        after = old[-1][1]
        if len(old) < _MOST_DELETED:
            return


def _reading(statement: Executable, values: dict[str, Any] | None = None) -> _Step:
    return lambda connection: connection.execute(statement, values or {}).all()


def _changing(statement: Executable, values: dict[str, Any] | None = None) -> _Step:
    return lambda connection: connection.execute(statement, values or {}).rowcount


def _why_nothing_is_forgotten(connection: Connection) -> str | None:
    """Return a warning if the role of this connection may not delete old events."""
    lacking = lacking_rights(connection, TO_FORGET)
    if not lacking:
        return None
    help = f"`{grants_of(lacking)}` allows it"
    return f"the history is not shortened, since the program has no right to delete old events; {help}"
