"""A look at a database from outside of any store: for probes, and for people who set it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.frozen import frozen
from resolver.state.sql.database_errors import to_resolver_error
from resolver.state.sql.rights import MissingRightsError
from resolver.state.sql.schema_version import check_tables
from resolver.state.sql.sql_tables import CLOCK
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

_REVISION = select(func.max(CLOCK.c.at)).where(CLOCK.c.id == 1)
_SECONDS = {"postgresql": "SELECT extract(epoch FROM clock_timestamp())", "mysql": "SELECT UNIX_TIMESTAMP()"}
_READ_ONLY = {
    "postgresql": "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean",
    "mysql": "SELECT @@global.read_only",
}
_LOGS_STATEMENTS = "SELECT @@global.log_bin = 1 AND @@global.binlog_format = 'STATEMENT'"
_LISTEN = "LISTEN resolver_probe"
_UNLISTEN = "UNLISTEN resolver_probe"
T = TypeVar("T")


@frozen
class DatabaseProbe:
    """The answers of a database.

    `problem` is the reason why the program cannot use it, empty if it can; `is_reachable` says whether it answered at
    all, and `lacks_rights` whether rights are the problem. `revision` is the number of changes of entries, and `skew`
    the server's clock minus this host's, in seconds. Whatever the database does not tell is None.
    """

    is_reachable: bool
    problem: str = ""
    lacks_rights: bool = False
    revision: int | None = None
    skew: float | None = None
    is_read_only: bool | None = None
    is_pooled: bool | None = None
    can_listen: bool | None = None
    logs_statements: bool | None = None


def probe_database(url: StateURL, seconds: float, *, thorough: bool = False) -> DatabaseProbe:
    """Return what the database at `url` answers within some seconds, which bound everything: also the look-up of names.

    Args:
        url: The database.
        seconds: The seconds for all answers together.
        thorough: Whether to ask for more than the tables and the revision.
    """
    if url.is_missing_file:  # connecting would create it
        return DatabaseProbe(
            is_reachable=False, problem=f"there is no file for `{url}`; `resolver state migrate` makes it"
        )
    try:
        return _within(seconds, lambda: _ask(url, thorough=thorough))
    except TimeoutError:
        return DatabaseProbe(is_reachable=False, problem=f"cannot use `{url}`: no answer within {seconds:g} s")
    except ResolverError as error:
        return DatabaseProbe(is_reachable=False, problem=str(error))


def _ask(url: StateURL, *, thorough: bool) -> DatabaseProbe:
    engine = url.engine()
    try:
        with engine.connect() as connection:
            probe = DatabaseProbe(is_reachable=True)
            if thorough:
                probe = _more(connection, url)
                connection.rollback()
            try:
                check_tables(connection, url)
                return replace(probe, revision=int(connection.execute(_REVISION).scalar_one() or 0))
            except ResolverError as error:
                return replace(probe, problem=str(error), lacks_rights=isinstance(error, MissingRightsError))
            except SQLAlchemyError as error:
                problem = to_resolver_error(url, error)
                is_reachable = not isinstance(problem, DatabaseUnavailableError)
                return replace(probe, is_reachable=is_reachable, problem=str(problem))
    except SQLAlchemyError as error:
        problem = to_resolver_error(url, error)
        return DatabaseProbe(is_reachable=False, problem=str(problem))
    finally:
        engine.dispose()


def _more(connection: Connection, url: StateURL) -> DatabaseProbe:
    def ask(statement: str | None) -> object:
        """Return the answer to a statement; None if there is none, or the server does not know the statement."""
        if statement is None:
            return None
        try:
            return connection.execute(text(statement)).scalar()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return None
        finally:
            connection.rollback()

    is_postgres, is_mysql = url.dialect == "postgresql", url.dialect == "mysql"
    before = time.time()
    server = ask(_SECONDS.get(url.dialect))
    after = time.time()
    skew = None if server is None else _skew(float(str(server)), before, after, 1.0 if is_mysql else 0.0)
    is_pooled = _is_pooled(connection) if is_postgres else None
    is_read_only = ask(_READ_ONLY.get(url.dialect))
    logs_statements = ask(_LOGS_STATEMENTS) if is_mysql else None
    return DatabaseProbe(
        is_reachable=True,
        skew=skew,
        is_read_only=None if is_read_only is None else bool(is_read_only),
        is_pooled=is_pooled,
        # A pooler might leave the session that LISTENs to another program.
        can_listen=_can_listen(connection) if is_postgres and not is_pooled else None,
        logs_statements=None if logs_statements is None else bool(logs_statements),
    )


def _skew(server: float, before: float, after: float, unit: float) -> float:
    """Return by how much a server's clock, which shows a multiple of `unit`, must differ from this host's at least."""
    if server > after:
        return server - after
    return min(0.0, server + unit - before)


def _is_pooled(connection: Connection) -> bool:
    """Return whether a pooler is in between: the server process that answers is not the one that was announced."""
    import psycopg  # noqa: PLC0415  the package of this one database

    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    served = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    connection.rollback()
    return served != raw.info.backend_pid


def _can_listen(connection: Connection) -> bool:
    try:
        connection.execute(text(_LISTEN))
        connection.execute(text(_UNLISTEN))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return False
    finally:
        connection.rollback()
    return True


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """Return what `ask` returns, or raise what it raises; TimeoutError if that takes longer."""
    answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=run, name="resolver-probe", daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]  # None is an answer if T allows it
