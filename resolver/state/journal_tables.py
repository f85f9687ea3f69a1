"""The tables of the SQLite file beside a policy, and the migration of older versions."""

from __future__ import annotations

import sqlite3

from resolver.state.journal_columns import DamagedRowError
from resolver.state.table_columns import check_tables

_SCHEMA = """
CREATE TABLE IF NOT EXISTS streak (
  triad TEXT, role TEXT, entry TEXT, strikes INTEGER NOT NULL, failed_tier TEXT NOT NULL, errors TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
  id INTEGER PRIMARY KEY, what TEXT NOT NULL, triad TEXT NOT NULL, role TEXT NOT NULL, time TEXT NOT NULL,
  from_tier TEXT, to_tier TEXT, phase TEXT, kind TEXT, errors TEXT NOT NULL, rule TEXT, revision TEXT NOT NULL,
  process TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_of_subject ON history (triad, role, id);
CREATE TABLE IF NOT EXISTS outcome (id INTEGER PRIMARY KEY, line TEXT NOT NULL, key TEXT, why TEXT);
CREATE TABLE IF NOT EXISTS intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  inode INTEGER, digest TEXT, line TEXT, key TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
  triad TEXT, role TEXT, tier TEXT, owed TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looked (id INTEGER PRIMARY KEY CHECK (id = 1), noticed TEXT, written TEXT);
"""
_FROM_VERSION_1 = """
ALTER TABLE intent ADD COLUMN inode INTEGER;
ALTER TABLE intent ADD COLUMN digest TEXT;
INSERT INTO entry SELECT triad, role, to_tier, CASE what WHEN 'removed' THEN from_tier END FROM history
  WHERE id IN (SELECT max(id) FROM history WHERE what != 'hold' GROUP BY triad, role);
"""
_FROM_VERSION_2 = """
ALTER TABLE outcome ADD COLUMN key TEXT;
ALTER TABLE outcome ADD COLUMN why TEXT;
ALTER TABLE intent ADD COLUMN line TEXT;
ALTER TABLE intent ADD COLUMN key TEXT;
"""
_CHANGES = {0: "", 1: _FROM_VERSION_1 + _FROM_VERSION_2, 2: _FROM_VERSION_2}
"""The statements that change the tables of each version into those of this program; 0 is an empty database."""
_OUTCOME_BEFORE = "CREATE TABLE outcome (id INTEGER PRIMARY KEY, line TEXT NOT NULL);"
_INTENT_OF_VERSION_1 = """
CREATE TABLE intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
"""
_INTENT_OF_VERSION_2 = """
CREATE TABLE intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  inode INTEGER, digest TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
"""
_BEFORE = {0: "", 1: _INTENT_OF_VERSION_1, 2: _OUTCOME_BEFORE + _INTENT_OF_VERSION_2}
"""The tables of each version that a change of it expects."""
_INDEX = "CREATE UNIQUE INDEX IF NOT EXISTS outcome_key ON outcome (key) WHERE key IS NOT NULL;"


def migrate(connection: sqlite3.Connection, version: int, to: int) -> None:
    """Create or migrate the tables to version `to`, in one transaction. Version 0 is an empty database."""
    if version not in _CHANGES:
        raise DamagedRowError(f"its version is {version}")
    check_tables(connection, _BEFORE[version])
    changes = f"{_SCHEMA} {_CHANGES[version]} {_INDEX}"
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {changes} PRAGMA user_version = {to}; COMMIT;")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_ERROR":  # the database is busy, full, or read-only
            raise
        raise DamagedRowError(f"its tables are not those of this program: {error}") from error


def check(connection: sqlite3.Connection) -> None:
    """Raise DamagedRowError unless the tables have the columns that this program creates."""
    check_tables(connection, _SCHEMA)
