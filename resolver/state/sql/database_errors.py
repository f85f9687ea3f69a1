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
_DEFECTS = {"42501", "42703", 1054, 1142, 1143, *_NO_TABLE}
"""A right, a column or a table is missing: the statement will never work, and the database is there."""


def is_conflict(error: SQLAlchemyError) -> bool:
    """Return whether the transaction only has to be tried again."""
    return isinstance(error, DBAPIError) and (
        not _CONFLICTS.isdisjoint(_codes(error)) or "database is locked" in str(error.orig)
    )


def is_away(error: SQLAlchemyError) -> bool:
    """Return whether the database is unavailable; a statement that was sent may have been executed or not."""
    if isinstance(error, TimeoutError):
        return True
    if not isinstance(error, DBAPIError) or is_conflict(error):
        return False
    codes = _codes(error)
    if not error.connection_invalidated and not _DEFECTS.isdisjoint(codes):
        return False
    is_of_server = isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or is_of_server or not _AWAY.isdisjoint(codes)


def is_missing(error: SQLAlchemyError) -> bool:
    """Return whether a table is missing."""
    return isinstance(error, DBAPIError) and (
        not _NO_TABLE.isdisjoint(_codes(error)) or "no such table" in str(error.orig)
    )


def to_resolver_error(url: StateURL, error: SQLAlchemyError) -> ResolverError:
    """Return the error to raise for `error`: what happened and where, without statements, values or passwords."""
    what = error.orig if isinstance(error, DBAPIError) else error
    arguments = what.args if what is not None else ()
    message = arguments[1] if len(arguments) > 1 and isinstance(arguments[0], int) else what
    kind = DatabaseUnavailableError if is_away(error) else ResolverError
    return kind(f"cannot use `{url}`: {url.redacted(message)}")


def _codes(error: DBAPIError) -> set[object]:
    """Return the SQLSTATE and the number of an error; MySQL's driver gives both, and only the number says enough."""
    arguments = error.orig.args if error.orig is not None else ()
    return {getattr(error.orig, "sqlstate", None), arguments[0] if arguments else None}
