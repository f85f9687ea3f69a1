"""Writes outcomes to the database: those of a batch in one transaction, and in one message where the server can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from resolver.state.sql.sql_rows import Write
from resolver.state.sql.statement import COMPOUND, Shape, for_keys, for_mariadb, for_postgresql, parts_of, values_of

Written = list[int | None]
"""For each write the revision of its change of an entry, 0 if the entry is the same; None if nothing was written."""


def write_all(connection: Connection, writes: Sequence[Write]) -> Written:
    """Do `writes` in their order, each unless another version than the judged one is in the database.

    Raises what SQLAlchemy raises, and nothing is written then. After a lost connection, the outcomes' keys show whether
    everything was written.
    """
    dialect = connection.dialect
    write = _WAYS["mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name]
    return _guarded(connection, lambda cursor: write(cursor, writes))


def write_keys(connection: Connection, keys: Sequence[str]) -> int:
    """Write keys of outcomes that change nothing else, and return how many were not there before.

    Raises what SQLAlchemy raises.
    """
    values = {f"key{place}": key for place, key in enumerate(keys)}
    return connection.execute(text(for_keys(len(keys), connection.dialect.name)), values).rowcount


def _on_postgresql(cursor: Any, writes: Sequence[Write]) -> Written:
    import psycopg  # noqa: PLC0415  the package of this one database

    # The client puts the values in: nothing is prepared, which a pooler would give to another session's statement, and
    # one message can have many statements, which are one transaction.
    client = psycopg.ClientCursor(cursor.connection)
    texts = [client.mogrify(for_postgresql(Shape.of(write)), values_of(write)) for write in writes]
    client.execute("; ".join(texts))
    found: Written = []
    while True:
        row = client.fetchone()
        found.append(None if row is None else int(row[0]))
        if not client.nextset():
            return found


def _on_mariadb(cursor: Any, writes: Sequence[Write]) -> Written:
    texts = [cursor.mogrify(for_mariadb(Shape.of(write)), values_of(write)) for write in writes]
    cursor.execute(COMPOUND.format("".join(texts)))
    done = cursor.fetchone()[0].split()
    while cursor.nextset():
        pass
    return [None if revision == "-" else int(revision) for revision in done]


def _on_mysql(cursor: Any, writes: Sequence[Write]) -> Written:
    return _one_by_one(cursor, writes, "mysql", "BEGIN")


def _on_sqlite(cursor: Any, writes: Sequence[Write]) -> Written:
    return _one_by_one(cursor, writes, "sqlite", "BEGIN IMMEDIATE")


def _one_by_one(cursor: Any, writes: Sequence[Write], dialect: str, begin: str) -> Written:
    """Write with a message for each statement: SQLite has no messages, and MySQL has no compound statements."""
    found: Written = []
    cursor.execute(begin)
    for write in writes:
        shape, values = Shape.of(write), values_of(write)
        before, keep, after = parts_of(shape, dialect)
        for statement in before:
            cursor.execute(statement, values)
        cursor.execute(keep, values)
        if not cursor.rowcount:
            found.append(None)
            continue
        for statement in after:
            cursor.execute(statement, values)
        found.append(int(cursor.fetchone()[0]) if shape.is_move else 0)
    cursor.execute("COMMIT")
    return found


_WAYS: dict[str, Callable[[Any, Sequence[Write]], Written]] = {
    "postgresql": _on_postgresql,
    "mysql": _on_mysql,
    "mariadb": _on_mariadb,
    "sqlite": _on_sqlite,
}


def _guarded(connection: Connection, write: Callable[[Any], Written]) -> Written:
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
        raise DBAPIError.instance("", None, error, errors, connection_invalidated=lost, dialect=dialect) from error
    except Exception as error:  # an answer that the driver cannot read, as a Galera node was seen to send
        connection.invalidate()
        unread = dialect.loaded_dbapi.OperationalError(f"the answer cannot be read: {error!r}")
        raise DBAPIError.instance("", None, unread, errors, connection_invalidated=True, dialect=dialect) from error
    except BaseException:  # half of an answer may still be on its way
        connection.invalidate()
        raise
    finally:
        if raw.is_valid:
            cursor.close()
