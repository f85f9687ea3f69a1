"""Classifies the errors of a database: try again, unavailable, or a defect of its set-up."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from resolver.diagnostics import ResolverError
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

_CONFLICTS = {"40001", "40P01", "55P03", 1205, 1213, 3572, 8002, 8022, 8028, 9007}
"""Serialisation failures, deadlocks and lock timeouts of PostgreSQL, MySQL and TiDB."""

_AWAY = {"57P01", "57P02", "57P03", "25006", "53300", 1053, 1129, 1290, 1836}
"""The server shuts down, starts up, is full, or is read-only because another server has replaced it."""

_NO_TABLE = {"42P01", 1146}


def is_conflict(error: SQLAlchemyError) -> bool:
    """Return whether the transaction only has to be tried again."""
    return isinstance(error, DBAPIError) and (_code(error) in _CONFLICTS or "database is locked" in str(error.orig))


def is_away(error: SQLAlchemyError) -> bool:
    """Return whether the database is unavailable; a statement that was sent may have been executed or not."""
    if isinstance(error, TimeoutError):
        return True
    if not isinstance(error, DBAPIError) or is_conflict(error):
        return False
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError) or _code(error) in _AWAY


def is_missing(error: SQLAlchemyError) -> bool:
    """Return whether a table is missing."""
    return isinstance(error, DBAPIError) and (_code(error) in _NO_TABLE or "no such table" in str(error.orig))


def to_resolver_error(url: StateURL, error: SQLAlchemyError) -> ResolverError:
    """Return the error to raise for `error`: what happened and where, without statements, values or passwords."""
    what = error.orig if isinstance(error, DBAPIError) else error
    arguments = what.args if what is not None else ()
    message = arguments[1] if len(arguments) > 1 and isinstance(arguments[0], int) else what
    kind = DatabaseUnavailableError if is_away(error) else ResolverError
    return kind(f"cannot use `{url}`: {url.redacted(message)}")


def _code(error: DBAPIError) -> object:
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return state
    arguments = error.orig.args if error.orig is not None else ()
    return arguments[0] if arguments else None
