"""Renames roles, phases, tiers and triads in a database that many hosts share.

An entry moves to the row of its new subject. The old row stays and is marked as lowered by a person, so that other
hosts notice the change and do not restore the entry from their files.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming, Subject
from resolver.state.sql.database_errors import ErrorKind, kind_of, to_resolver_error
from resolver.state.sql.known_state import KnownState
from resolver.state.sql.schema_version import check_schema, no_tables
from resolver.state.sql.sql_rows import id_of
from resolver.state.sql.sql_tables import CLOCK, HISTORY, SUBJECT
from resolver.state.sql.state_url import StateURL
from resolver.state.sql.statement import CHANNEL
from resolver.state.store_protocol import UnknownCommitError

_NO_STREAK: dict[str, Any] = {"strikes": 0, "failed_tier": None, "streak_entry": None, "errors": "[]"}
_TIERS_OF_EVENTS = (HISTORY.c.from_tier, HISTORY.c.to_tier)
_AT_ONCE = 250
_log = logging.getLogger("resolver")


def rename_in_database(url: StateURL, renaming: Renaming, replaced_files: AbstractContextManager[None]) -> int:
    """Rename in entries, streaks and history, and return the number of rows that changed.

    Args:
        url: The database, with a role that may change the history.
        renaming: What gets another name.
        replaced_files: Replaces the policy's files. The commit happens inside; an error puts the files back.

    Raises:
        UnknownCommitError: The connection was lost during the commit, so the database may have either name.
        ResolverError: The database cannot be used, or both names have an entry in one triad; nothing was renamed.
    """
    if url.is_missing_file:
        raise ResolverError(no_tables(url))  # connecting would create the file
    engine = url.engine(owner=True)
    try:
        with engine.connect() as connection:
            check_schema(connection, url)
            connection.rollback()
            if url.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(update(CLOCK).where(CLOCK.c.id == 1).values(at=CLOCK.c.at + 1))
            revision = connection.execute(select(CLOCK.c.at).where(CLOCK.c.id == 1)).scalar_one()
            changed = _Entries(connection, url, int(revision)).rename(renaming)
            changed += _rename_history(connection, renaming)
            if url.dialect == "postgresql":
                connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
            with replaced_files:
                _commit(connection, url)
            return changed
    except SQLAlchemyError as error:
        raise to_resolver_error(url, error) from None
    finally:
        engine.dispose()


def _commit(connection: Connection, url: StateURL) -> None:
    try:
        connection.commit()
    except SQLAlchemyError as error:
        failure = to_resolver_error(url, error)
        is_lost = kind_of(error) is ErrorKind.AWAY or getattr(error, "connection_invalidated", False)
        if is_lost and url.dialect != "sqlite":  # a file has no connection that could be lost after a commit
            raise UnknownCommitError(f"{failure}; the database may have the new name or the old one") from None
        raise failure from None


def rename_in_known_state(path: Path, renaming: Renaming) -> None:
    """Rename a tier in the state that this host has known last: a process that starts with it knows its tiers."""
    if renaming.kind is not NameKind.TIER:
        return
    known_state = KnownState(path)
    try:
        if (known := known_state.load()) is None:
            return
        tiers = {None: None, renaming.old: renaming.new}
        entries = [
            (entry._replace(entry=tiers.get(entry.entry, entry.entry)), tiers.get(lost, lost))
            for entry, lost in known.entries
        ]
        known_state.save(replace(known, entries=entries))
    except ResolverError as error:
        _log.warning("the state that this host has known has the old name until the database is read: %s", error)
    finally:
        known_state.close()


class _Entries:
    """Renames in the rows of subjects, as the change `revision` of the state."""

    def __init__(self, connection: Connection, url: StateURL, revision: int) -> None:
        self.connection = connection
        self.url = url
        self.revision = revision

    def rename(self, renaming: Renaming) -> int:
        """Rename, and return the number of rows that changed."""
        if renaming.kind is NameKind.TIER:
            return self.rename_tier(renaming)
        if renaming.kind not in (NameKind.ROLE, NameKind.TRIAD):
            return 0
        column = SUBJECT.c[renaming.kind]
        rows = self.connection.execute(select(SUBJECT).where(column == renaming.old).with_for_update()).all()
        mine = [row for row in rows if getattr(row, renaming.kind) == renaming.old and _has_something(row)]
        for row in mine:
            self.move(row, Subject(renaming.of(NameKind.TRIAD, row.triad), renaming.of(NameKind.ROLE, row.role)))
        return len(mine)

    def move(self, row: Row[Any], subject: Subject) -> None:
        """Move entry and streak of a row to the row of `subject`, which may be there already."""
        moved = {name: getattr(row, name) for name in ("entry", "generation", "lowered", *_NO_STREAK)}
        moved["changed"] = self.revision if row.generation else 0
        taken = self.connection.execute(select(SUBJECT).where(SUBJECT.c.id == id_of(subject)).with_for_update()).first()
        if taken is None:
            names = {"id": id_of(subject), "triad": subject.triad, "role": subject.role, "version": 1}
            self.connection.execute(insert(SUBJECT).values(**names, **moved))
        else:
            self.change(taken, **self.joined(row, subject, taken, moved))
        left = dict(_NO_STREAK)
        if row.generation:
            generation = row.generation + 1
            left |= {"entry": None, "generation": generation, "lowered": generation, "changed": self.revision}
        self.change(row, **left)

    def joined(self, row: Row[Any], subject: Subject, taken: Row[Any], moved: dict[str, Any]) -> dict[str, Any]:
        """Return what changes in `taken`, the row of `subject`: the entry comes, or the longer streak stays."""
        if not (row.generation and row.entry is not None):
            return {name: moved[name] for name in _NO_STREAK} if row.strikes > taken.strikes else {}
        if taken.generation and taken.entry is not None:
            where = f"`{row.triad}:{row.role}` and `{subject}` both have an entry in `{self.url}`"
            raise ResolverError(f"{where}; lower one of them first (`resolver state lower`)")
        return moved | {"generation": max(taken.generation, row.generation) + 1, "lowered": 0}

    def rename_tier(self, renaming: Renaming) -> int:
        columns = [SUBJECT.c[name] for name in ("entry", "failed_tier", "streak_entry")]
        has_tier = or_(*(column == renaming.old for column in columns))
        changed = 0
        for row in self.connection.execute(select(SUBJECT).where(has_tier).with_for_update()).all():
            values: dict[str, Any] = {c.name: renaming.new for c in columns if getattr(row, c.name) == renaming.old}
            if "entry" in values and row.generation:
                values |= {"generation": row.generation + 1, "changed": self.revision}
            if values:
                self.change(row, **values)
                changed += 1
        return changed

    def change(self, row: Row[Any], **values: Any) -> None:
        """Write into a row; an outcome that was judged by the row before is judged again."""
        change = update(SUBJECT).where(SUBJECT.c.id == row.id).values(version=SUBJECT.c.version + 1, **values)
        self.connection.execute(change)


def _has_something(row: Row[Any]) -> bool:
    return bool(row.generation and row.entry is not None) or bool(row.strikes)


def _rename_history(connection: Connection, renaming: Renaming) -> int:
    if renaming.kind in (NameKind.FACT, NameKind.RULE):  # the history keeps the rules that decided
        return 0
    columns = _TIERS_OF_EVENTS if renaming.kind is NameKind.TIER else (HISTORY.c[renaming.kind],)
    changed = 0
    for column in columns:
        rows = connection.execute(select(HISTORY.c.id, column).where(column == renaming.old)).all()
        ids = [row[0] for row in rows if row[1] == renaming.old]
        change = (
            update(HISTORY).where(HISTORY.c.id.in_(bindparam("ids", expanding=True))).values({column: renaming.new})
        )
        for batch in _batches(ids):
            connection.execute(change, {"ids": batch})
        changed += len(ids)
    return changed


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
