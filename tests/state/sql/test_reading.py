"""Reads of the database that end with an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from resolver.diagnostics import ResolverError
from resolver.facade.opening import migrate_state
from resolver.state.sql.database import Database
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL

LOCK_TIMEOUT, NO_TABLE = 1205, 1146


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    migrate_state(url)
    return Database(StateURL.parse(url))


def failing(code: int, times: int) -> Callable[[Connection], str]:
    """Return a read that fails with this code of MySQL so many times, and then returns a row."""
    left = [times]

    def read(_: Connection) -> str:
        if left[0]:
            left[0] -= 1
            raise OperationalError("", None, Exception(code, "the reason"))
        return "row"

    return read


def test_read_that_conflicts_is_tried_again(database: Database) -> None:
    """A node of a Galera cluster reports a lock timeout while it leaves the cluster, for a read, too."""
    assert database.read(failing(LOCK_TIMEOUT, 1)) == "row"
    database.connections.close_idle()


def test_database_whose_reads_conflict_is_unavailable(database: Database) -> None:
    """An outcome waits for it then; as any other error, it would be the reporter's."""
    with pytest.raises(DatabaseUnavailableError, match="the reason"):
        database.read(failing(LOCK_TIMEOUT, 2))
    database.connections.close_idle()


def test_missing_table_is_not_tried_again(database: Database) -> None:
    with pytest.raises(ResolverError, match="the reason") as raised:
        database.read(failing(NO_TABLE, 1))
    assert not isinstance(raised.value, DatabaseUnavailableError)
    database.connections.close_idle()
