"""Classifies the errors of a database by their codes: try again, away, refused, or a defect of the setup.

PostgreSQL's codes are SQLSTATEs, those of MySQL, MariaDB and TiDB numbers, and those of SQLite its result codes. Where
PostgreSQL's driver has no code, which is so while it connects, the server's English text decides; in another language,
a refusal counts as away, and the message has the server's text.
"""

from __future__ import annotations

import re
from enum import Enum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from resolver.diagnostics import ResolverError
from resolver.state.sql.error_advice import advice_on_defect, advice_on_refusal, advice_when_full
from resolver.state.sql.state_url import DatabaseDefectError, DatabaseRefusedError, DatabaseUnavailableError, StateURL

_CONFLICTS: set[str | int] = {"40001", "40P01", "55P03", 1180, 1205, 1213, 3101, 3572, 8002, 8022, 8028, 9007}
"""Serialisation failures, deadlocks and lock time-outs of PostgreSQL, MySQL, Galera and TiDB."""

_AWAY_CLASSES = ("08", "58")
_AWAY: set[str | int] = {"57014", "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "25P04", "40003"}
_AWAY |= {1047, 1053, 1077, 1078, 1079, 1129, 1317, 1927, 1969, 3024, 3100}
_AWAY |= {1223, 1290, 1792, 1836}  # read-only, perhaps because another server has replaced it
_AWAY |= {1152, *range(1154, 1162), 1184, 2000, *range(2001, 2007), 2012, 2013, 2014, 2027, 2055}
_AWAY |= {9001, 9002, 9003, 9004, 9005, 9006}
"""The server shuts down, starts up, has ended a statement or a session, is read-only, or cannot be reached.

1047 is a node of Galera that has lost its cluster; those from 9001 on are parts of TiDB that do not answer.
"""

_FULL_CLASSES = ("53",)
_FULL = {1021, 1030, 1037, 1038, 1040, 1041, 1114, 1203, 1226, 1637, 9010, 9011, 9012}
"""The server has no more connections, memory or disk."""

_REFUSED_CLASSES = ("28",)
_REFUSED: set[str | int] = {
    "3D000",
    "57P04",
    1045,
    1049,
    1130,
    1251,
    1524,
    1698,
    1820,
    1862,
    2026,
    2059,
    2061,
    3118,
    3159,
    4151,
}
"""The server does not let this program in: a password, a host, a database or TLS is wrong."""

_REFUSED_AT_CONNECT: set[str | int] = {"42501", "55000", 1044, 1142, 1227}
_REFUSAL = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry|pg_hba\.conf rejects"
    r'|role ".*" (?:does not exist|is not permitted to log in)|database ".*" does not exist'
    r"|no such (?:database|user)|permission denied for database|is not currently accepting connections"
    r"|server does not support SSL|certificate|private key|channel binding|authentication method|SSL error",
    re.IGNORECASE,
)
_TEXT_FULL = re.compile(
    r"too many (?:clients|connections)|connection slots are reserved|no more connections allowed", re.IGNORECASE
)
_LAST_SEVERITY = re.compile(r".*(?:FATAL|PANIC|ERROR):\s+", re.DOTALL)

_NO_TABLE = {"42P01", 1146}

_SQLITE_CONFLICTS: set[str | int] = {5, 6}
_SQLITE_AWAY = {8, 10, 14, 15}
_SQLITE_FULL = {7, 13}
_RESULT = 0xFF
"""The bits of SQLite's code that are not details."""


class ErrorKind(Enum):
    """A kind of error, which says what the program does about it."""

    CONFLICT = "the transaction has to be tried again"
    AWAY = "the database is unavailable; a statement that was sent may have been executed or not"
    FULL = "the database is unavailable, since it has no more of something"
    REFUSED = "the database refuses this program's connections"
    DEFECT = "the statement can never work with this setup"


def kind_of(error: SQLAlchemyError) -> ErrorKind:
    """Return the kind of an error."""
    if isinstance(error, TimeoutError):
        return ErrorKind.AWAY
    if not isinstance(error, DBAPIError):
        return ErrorKind.DEFECT
    code = _code(error)
    result = getattr(error.orig, "sqlite_errorcode", None)
    if result is not None:
        kind = _kind_on_sqlite(int(result) & _RESULT)
    elif code is None:
        kind = _kind_of_text(error)
    else:
        kind = _kind_of_code(code, is_connecting=error.statement is None)
        if code == 2003:  # PyMySQL has this code for all errors of the socket, and those of TLS
            kind = ErrorKind.REFUSED if "certificate" in str(error.orig).lower() else kind
    is_lost = error.connection_invalidated or isinstance(error, InterfaceError)
    return ErrorKind.AWAY if kind is ErrorKind.DEFECT and is_lost else kind


def is_conflict(error: SQLAlchemyError) -> bool:
    """Return whether the transaction only has to be tried again."""
    return kind_of(error) is ErrorKind.CONFLICT


def is_away(error: SQLAlchemyError) -> bool:
    """Return whether the database is unavailable; a statement that was sent may have been executed or not."""
    return kind_of(error) in (ErrorKind.AWAY, ErrorKind.FULL)


def is_missing(error: SQLAlchemyError) -> bool:
    """Return whether a table is missing."""
    return isinstance(error, DBAPIError) and (_code(error) in _NO_TABLE or "no such table" in str(error.orig))


def to_resolver_error(url: StateURL, error: SQLAlchemyError) -> ResolverError:
    """Return the error to raise for `error`: what happened and where, and what to do, without statements or secrets.

    It is a DatabaseUnavailableError, perhaps a DatabaseRefusedError, or a DatabaseDefectError.
    """
    kind, text = kind_of(error), _text(error)
    code = _code(error) if isinstance(error, DBAPIError) else None
    message = f"cannot use `{url}`: {url.redacted(text)}"
    if kind is ErrorKind.REFUSED:
        return DatabaseRefusedError(f"{message}{advice_on_refusal(url, code, text)}")
    if kind is ErrorKind.FULL:
        return DatabaseUnavailableError(f"{message}{advice_when_full(code, text)}")
    if kind is ErrorKind.AWAY:
        return DatabaseUnavailableError(message)
    if kind is ErrorKind.CONFLICT:
        return DatabaseUnavailableError(f"{message}; transactions of other processes are in the way")
    return DatabaseDefectError(f"{message}{advice_on_defect(code, text)}")


def _kind_of_code(code: str | int, *, is_connecting: bool) -> ErrorKind:
    beginning = code[:2] if isinstance(code, str) else ""
    if code in _CONFLICTS:
        return ErrorKind.CONFLICT
    if code in _FULL or beginning in _FULL_CLASSES:
        return ErrorKind.FULL
    if code in _REFUSED or beginning in _REFUSED_CLASSES or (is_connecting and code in _REFUSED_AT_CONNECT):
        return ErrorKind.REFUSED
    return ErrorKind.AWAY if code in _AWAY or beginning in _AWAY_CLASSES else ErrorKind.DEFECT


def _kind_of_text(error: DBAPIError) -> ErrorKind:
    if not isinstance(error, OperationalError):
        return ErrorKind.DEFECT
    text = str(error.orig)
    if error.statement is None and _REFUSAL.search(text):
        return ErrorKind.REFUSED
    return ErrorKind.FULL if _TEXT_FULL.search(text) else ErrorKind.AWAY


def _kind_on_sqlite(result: int) -> ErrorKind:
    if result in _SQLITE_CONFLICTS:
        return ErrorKind.CONFLICT
    if result in _SQLITE_FULL:
        return ErrorKind.FULL
    return ErrorKind.AWAY if result in _SQLITE_AWAY else ErrorKind.DEFECT


def _code(error: DBAPIError) -> str | int | None:
    """Return the number that MySQL has, or else the SQLSTATE: MySQL's own is the same for many errors."""
    arguments = error.orig.args if error.orig is not None else ()
    if arguments and isinstance(arguments[0], int):
        return arguments[0]
    state = getattr(error.orig, "sqlstate", None)
    return str(state) if state else None


def _text(error: SQLAlchemyError) -> str:
    """Return what the database says, without what its driver says around it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    arguments = cause.args if cause is not None else ()
    if len(arguments) > 1 and isinstance(arguments[0], int):
        return str(arguments[1])
    return _LAST_SEVERITY.sub("", str(cause).partition("\n")[0])
