"""Renames roles, phases, tiers, facts and triads in the SQLite file beside a policy."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from resolver.domain import NameKind, Renaming
from resolver.state.journal_rows import encodable

_TIERS = {
    "streak": ("entry", "failed_tier"),
    "entry": ("tier", "owed"),
    "history": ("from_tier", "to_tier"),
}
_OF_SUBJECT = {
    "streak": "strikes DESC",
    "entry": "tier IS NULL",
}
"""The tables with a row for each subject, and which row stays if the new name has one, too: the first in this order."""


def rename_rows(connection: sqlite3.Connection, renaming: Renaming) -> int:
    """Rename in every table, and return the number of rows that changed."""
    kind, values = renaming.kind, (renaming.new, renaming.old)
    changed = 0
    if kind in (NameKind.ROLE, NameKind.TRIAD):
        changed += _rename_subjects(connection, renaming)
        changed += connection.execute(f"UPDATE history SET {kind} = ? WHERE {kind} = ?", values).rowcount  # noqa: S608
    elif kind is NameKind.PHASE:
        changed += connection.execute("UPDATE history SET phase = ? WHERE phase = ?", values).rowcount
    elif kind is NameKind.TIER:
        for table, columns in _TIERS.items():
            for column in columns:
                changed += connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608  constants
                    values,
                ).rowcount
    lines = list(_renamed_lines(connection, renaming))
    connection.executemany("UPDATE outcome SET line = ? WHERE id = ?", lines)
    return changed + len(lines)


def _rename_subjects(connection: sqlite3.Connection, renaming: Renaming) -> int:
    """Rename the rows of subjects; where the new name has a row, one of the two stays."""
    mine, other = ("role", "triad") if renaming.kind is NameKind.ROLE else ("triad", "role")
    changed = 0
    for table, order in _OF_SUBJECT.items():
        query = f"SELECT {mine}, {other} FROM {table} WHERE {mine} IN (?, ?) ORDER BY {order}, {mine} != ?"  # noqa: S608
        kept: set[str] = set()
        for name, rest in connection.execute(query, (renaming.old, renaming.new, renaming.new)).fetchall():
            if rest in kept:
                connection.execute(f"DELETE FROM {table} WHERE {mine} = ? AND {other} = ?", (name, rest))  # noqa: S608
            kept.add(rest)
        changed += connection.execute(
            f"UPDATE {table} SET {mine} = ? WHERE {mine} = ?",  # noqa: S608  constants
            (renaming.new, renaming.old),
        ).rowcount
    return changed


def _renamed_lines(connection: sqlite3.Connection, renaming: Renaming) -> Iterator[tuple[str, int]]:
    """Yield the recorded outcomes that change, each as its new line and its number."""
    written = json.dumps(encodable(renaming.old), ensure_ascii=False)
    for number, line in connection.execute("SELECT id, line FROM outcome WHERE instr(line, ?) > 0", (written,)):
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            continue  # the journal reports a damaged line when it is read
        if isinstance(fields, dict) and (renamed := _renamed(fields, renaming)) != fields:
            yield json.dumps(renamed, ensure_ascii=False), number


def _renamed(fields: dict[str, Any], renaming: Renaming) -> dict[str, Any]:
    """Return an outcome with its new names."""
    kinds = {
        **{str(kind): kind for kind in (NameKind.TRIAD, NameKind.ROLE, NameKind.PHASE, NameKind.TIER)},
        **dict.fromkeys(("ran_on", "to", "failed_tier", "entry"), NameKind.TIER),
    }
    renamed = {
        name: renaming.of(kinds[name], value) if name in kinds and isinstance(value, str) else value
        for name, value in fields.items()
    }
    if isinstance(facts := fields.get("facts"), dict):
        renamed["facts"] = {
            renaming.of(NameKind.FACT, name): renaming.of(NameKind.TIER, value)
            if name in renaming.tier_facts and isinstance(value, str)
            else value
            for name, value in facts.items()
        }
    return renamed
