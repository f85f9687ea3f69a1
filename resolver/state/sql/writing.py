"""Writes a subject's row if it is still the version that was judged.

A change that keeps the entry and adds nothing to the history goes to the database in one message. A change of the entry
first locks the one row of the clock until it ends: so the revisions of the state are committed in order, and a process
that has seen one revision has seen all before it.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from resolver.domain import Event, Subject
from resolver.state.sql.sql_rows import Stored, event_columns, id_of, streak_columns
from resolver.state.sql.sql_tables import CLOCK, HISTORY, OUTCOME, SUBJECT
from resolver.state.sql.statement import Quick, in_one_statement, in_one_text, in_one_transaction
from resolver.state.store_protocol import Change

CHANNEL = "resolver_state"
"""The PostgreSQL channel that announces changed entries."""

_STREAK: dict[str, Any] = {
    name: bindparam(f"new_{name}") for name in ("strikes", "failed_tier", "streak_entry", "errors", "version")
}
_ENTRY: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("entry", "generation", "changed")}
_IS_JUDGED = (SUBJECT.c.id == bindparam("of"), SUBJECT.c.version == bindparam("judged"))
_KEEP_STREAK = update(SUBJECT).where(*_IS_JUDGED).values(_STREAK)
_KEEP_ALL = update(SUBJECT).where(*_IS_JUDGED).values({**_STREAK, **_ENTRY})
_NEW = {"id": bindparam("of"), "triad": bindparam("triad"), "role": bindparam("role"), **_STREAK, **_ENTRY}
_ADD = insert(SUBJECT).values(_NEW)
_NOTE = insert(OUTCOME).values(key=bindparam("key"), time=bindparam("second"))
_TELL = insert(HISTORY).inline()
_TICK = update(CLOCK).where(CLOCK.c.id == 1).values(at=CLOCK.c.at + 1)
_AT = select(CLOCK.c.at).where(CLOCK.c.id == 1)
_CALL = text(f"NOTIFY {CHANNEL}")

_KEPT_BY_POSTGRESQL = in_one_statement(_KEEP_STREAK.returning(SUBJECT.c.id), OUTCOME)
_ADDED_BY_POSTGRESQL = in_one_statement(
    pg_insert(SUBJECT).values(_NEW).on_conflict_do_nothing().returning(SUBJECT.c.id), OUTCOME
)
_QUICK: dict[str, Quick] = {
    "postgresql": lambda connection, values: (
        _KEPT_BY_POSTGRESQL(connection, values) if values["judged"] else _ADDED_BY_POSTGRESQL(connection, values)
    ),
    "mysql": in_one_text,
    "sqlite": in_one_transaction,
}


class Writer:
    """Writes rows of one database."""

    def __init__(self, engine: Engine, alone: Engine) -> None:
        """Use `engine` for transactions, and `alone` for statements that are one each."""
        self._engine = engine
        self._quick = _QUICK[engine.dialect.name]
        self._alone = alone

    def write(self, subject: Subject, judged: Stored, entry: str | None, change: Change, key: str) -> Stored | None:
        """Write `change` of a subject whose row is `judged` and whose entry in force is `entry`.

        Returns the row after it, or None, with nothing written, if the row has changed meanwhile. Raises what
        SQLAlchemy raises; after a lost connection the outcome's `key` shows whether it was written.
        """
        moved = change.entry != entry
        values: dict[str, object] = {
            "of": id_of(subject),
            "judged": judged.version,
            "new_version": judged.version + 1,
            "key": key,
            "second": int(time.time()),
            **{f"new_{name}": value for name, value in streak_columns(change.streak).items()},
        }
        if not judged.version:
            values |= {"triad": subject.triad, "role": subject.role}
            values |= {"new_entry": None, "new_generation": 0, "new_changed": 0}
        after = Stored(judged.version + 1, judged.generation, judged.entry, change.streak)
        if moved:
            after = Stored(judged.version + 1, judged.generation + 1, change.entry, change.streak)
        if not moved and change.event is None:
            with self._alone.connect() as connection:
                return after if self._quick(connection, values) else None
        with self._engine.connect() as connection:
            begin(connection)
            try:
                done = _in_transaction(connection, values, after, change.event, moved=moved)
            except BaseException:
                _roll_back(connection)
                raise
            if done:
                connection.commit()
            else:
                connection.rollback()
        return after if done else None


def begin(connection: Connection) -> None:
    """Begin a transaction that writes; SQLite must know that at once, or two of them can wait for each other."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _in_transaction(
    connection: Connection, values: dict[str, object], after: Stored, event: Event | None, *, moved: bool
) -> bool:
    if moved:
        connection.execute(_TICK)
        changed = {"new_entry": after.entry, "new_generation": after.generation}
        values = {**values, **changed, "new_changed": connection.execute(_AT).scalar_one()}
    if values["judged"]:
        statement = _KEEP_ALL if moved else _KEEP_STREAK
        if not connection.execute(statement, values).rowcount:
            return False
    else:
        try:
            connection.execute(_ADD, values)
        except IntegrityError:
            return False
    connection.execute(_NOTE, values)
    if event is not None:
        connection.execute(_TELL, event_columns(event))
    if moved and connection.dialect.name == "postgresql":
        connection.execute(_CALL)
    return True


def _roll_back(connection: Connection) -> None:
    """End a transaction that failed; if the connection is lost, it has ended already."""
    try:
        connection.rollback()
    except SQLAlchemyError:
        connection.invalidate()
