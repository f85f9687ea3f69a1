"""The most frequent write, of a streak with the key of its outcome, in one message to the database.

PostgreSQL takes it as one statement, MySQL as a transaction in one text. SQLite has no messages; there it avoids
SQLAlchemy's work for each statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, String, bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError

_STREAK = ("strikes", "failed_tier", "streak_entry", "errors", "version")
_ENTRY = ("entry", "generation", "changed")
Values = Mapping[str, object]
Quick = Callable[[Connection, Values], bool]
"""Writes `values` on a connection without a transaction; returns False if another version was judged."""


def in_one_statement(kept: Any, outcome: Any) -> Quick:
    """Return the writer for PostgreSQL; `kept` writes the row and returns its id, if it is as it was judged."""
    done = kept.cte("kept")
    key = select(bindparam("key", type_=String), bindparam("second", type_=BigInteger)).select_from(done)
    noted = insert(outcome).from_select(["key", "time"], key).cte("noted")
    statement = select(func.count()).select_from(done).add_cte(noted)
    return lambda connection, values: bool(connection.execute(statement, values).scalar_one())


def in_one_text(connection: Connection, values: Values) -> bool:
    """Write on MySQL."""
    text = _ADD_IN_ONE_TEXT if not values["judged"] else _KEEP_IN_ONE_TEXT

    def write(cursor: Any) -> bool:
        cursor.execute(text, values)
        written = []
        while cursor.nextset():
            written.append(cursor.rowcount)
        return bool(written[0])

    return _guarded(connection, text, write)


def in_one_transaction(connection: Connection, values: Values) -> bool:
    """Write on SQLite."""
    text = _ADD.format("INSERT OR IGNORE") if not values["judged"] else _KEEP

    def write(cursor: Any) -> bool:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(text, values)
        written = bool(cursor.rowcount)
        if written:
            cursor.execute("INSERT INTO resolver_outcome (key, time) VALUES (:key, :second)", values)
        cursor.execute("COMMIT")
        return written

    return _guarded(connection, text, write)


def _guarded(connection: Connection, text: str, write: Callable[[Any], bool]) -> bool:
    """Do SQLAlchemy's work around a statement: convert errors to its classes, and end what they leave open."""
    raw, dialect = connection.connection, connection.dialect
    assert dialect.loaded_dbapi is not None
    errors = dialect.loaded_dbapi.Error
    cursor = raw.cursor()
    try:
        return write(cursor)
    except errors as error:
        lost = dialect.is_disconnect(error, raw.dbapi_connection, cursor)
        if not lost:
            try:
                raw.rollback()
            except errors:
                lost = True
        if lost:
            connection.invalidate()
        raise DBAPIError.instance(text, None, error, errors, connection_invalidated=lost, dialect=dialect) from error
    except BaseException:  # half of an answer may still be on its way
        connection.invalidate()
        raise
    finally:
        if raw.is_valid:
            cursor.close()


_SET = ", ".join(f"{name} = :new_{name}" for name in _STREAK)
_KEEP = f"UPDATE resolver_subject SET {_SET} WHERE id = :of AND version = :judged"  # noqa: S608  constants
_NAMES = ", ".join(("id", "triad", "role", *_STREAK, *_ENTRY))
_VALUES = ", ".join((":of", ":triad", ":role", *(f":new_{name}" for name in (*_STREAK, *_ENTRY))))
_ADD = f"{{}} INTO resolver_subject ({_NAMES}) VALUES ({_VALUES})"
_NOTE = "INSERT INTO resolver_outcome (`key`, `time`) SELECT :key, :second FROM DUAL WHERE ROW_COUNT() = 1"


def _pyformat(text: str) -> str:
    """Return a text with parameters in the form of MySQL's driver."""
    names = ("key", "second", "of", "judged", "triad", "role", *(f"new_{name}" for name in (*_STREAK, *_ENTRY)))
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f":{name}", f"%({name})s")
    return text


_KEEP_IN_ONE_TEXT, _ADD_IN_ONE_TEXT = (
    _pyformat(f"BEGIN; {write}; {_NOTE}; COMMIT") for write in (_KEEP, _ADD.format("INSERT IGNORE"))
)
