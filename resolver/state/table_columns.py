"""The columns of the tables of a SQLite file: other columns than this program creates are damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache

from resolver.state.journal_columns import DamagedRowError

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
Columns = list[tuple[object, ...]]
"""The number, name, type and so on of each column, as SQLite describes it."""


def check_tables(connection: sqlite3.Connection, schema: str) -> None:
    """Raise DamagedRowError unless the tables of `schema` have the columns that its statements create."""
    for table, expected in _tables_of(schema).items():
        columns = _columns(connection, table)
        if columns != expected:
            names = " ".join(str(column[1]) for column in columns)
            raise DamagedRowError(f"the table `{table}` has other columns than this program creates: `{names:.200}`")


@cache
def _tables_of(schema: str) -> Mapping[str, Columns]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema)
        return {table: _columns(connection, table) for (table,) in connection.execute(_TABLES).fetchall()}


def _columns(connection: sqlite3.Connection, table: str) -> Columns:
    return connection.execute(f"PRAGMA table_info({table})").fetchall()
