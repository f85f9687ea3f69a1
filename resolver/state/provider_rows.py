"""The last failure of each provider, in a table of the SQLite file that is made when the first one fails.

An older program does not know the table and leaves it alone.
"""

from __future__ import annotations

import sqlite3

from resolver.domain import LastFailure
from resolver.state.journal_columns import text_of, time_of
from resolver.state.journal_rows import encodable

_TABLE = """
CREATE TABLE IF NOT EXISTS provider_failure (
  provider TEXT PRIMARY KEY, model TEXT NOT NULL, kind TEXT NOT NULL, error TEXT NOT NULL, time TEXT NOT NULL,
  cools_until TEXT NOT NULL, process TEXT NOT NULL) WITHOUT ROWID
"""
_COLUMNS = "provider, model, kind, error, time, cools_until, process"


def keep_provider_failure(connection: sqlite3.Connection, failed: LastFailure) -> None:
    """Replace the last failure of a provider."""
    connection.execute(_TABLE)
    times = failed.time.isoformat(), failed.cools_until.isoformat()
    row = (failed.provider, failed.model_id, failed.kind, encodable(failed.error), *times, failed.process)
    connection.execute("INSERT OR REPLACE INTO provider_failure VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def provider_failures(connection: sqlite3.Connection) -> dict[str, LastFailure]:
    """Return the last failure of each provider."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'provider_failure'").fetchall():
        return {}
    rows = connection.execute(f"SELECT {_COLUMNS} FROM provider_failure ORDER BY provider")  # noqa: S608  a constant
    return {failed.provider: failed for failed in map(_failed_of, rows)}


def _failed_of(row: tuple[object, ...]) -> LastFailure:
    provider, model_id, kind, error = map(text_of, row[:4])
    return LastFailure(provider, model_id, kind, error, time_of(row[4]), time_of(row[5]), text_of(row[6]))
