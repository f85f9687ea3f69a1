"""Old keys are deleted by the server's clock, by one process at a time, a few at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text

from resolver.state.sql.pruning import DAYS_OF_KEYS, Pruning
from tests.state.conftest import Place
from tests.state.own import fail

DAY = 24 * 60 * 60


@contextmanager
def connected(place: Place) -> Iterator[Connection]:
    engine = create_engine(place.owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def keys(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM resolver_outcome")).scalar_one())


def add(connection: Connection, count: int, days: float) -> None:
    quoted = "`key`, `time`" if connection.dialect.name == "mysql" else '"key", "time"'
    then = int(time.time() - days * DAY)
    rows = [{"key": f"{days}-{number}", "time": then} for number in range(count)]
    connection.execute(text(f"INSERT INTO resolver_outcome ({quoted}) VALUES (:key, :time)"), rows)


def test_only_old_keys_go_in_batches(shared: Place) -> None:
    with connected(shared) as connection:
        add(connection, 1_200, DAYS_OF_KEYS + 1)
        add(connection, 10, DAYS_OF_KEYS - 1)
        pruning, left = Pruning(), []
        while pruning.is_due and pruning.batch(connection):
            left.append(keys(connection))
        assert left == [1_210, 710, 210]
        assert keys(connection) == 10
        assert not pruning.is_due


def test_one_process_has_the_lease(shared: Place) -> None:
    with connected(shared) as connection:
        add(connection, 1_200, DAYS_OF_KEYS + 1)
        one, other = Pruning(), Pruning()
        assert one.batch(connection)
        assert not other.batch(connection)
        assert not other.is_due
        assert keys(connection) == 1_200
        connection.execute(text("UPDATE resolver_setting SET value = value - 7200 WHERE name = 'pruned'"))
        assert Pruning().batch(connection), "the process that had it has died"


@pytest.mark.parametrize("days", [-9, 9])
def test_the_clock_of_a_host_does_not_count(shared: Place, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the key that it writes, nor for those that it deletes."""
    real = time.time
    with shared.open() as resolver:
        monkeypatch.setattr(time, "time", lambda: real() + days * DAY)
        fail(resolver)
        with connected(shared) as connection:
            pruning = Pruning()
            connection.execute(text("UPDATE resolver_setting SET value = 0"))
            while pruning.batch(connection):
                pass
            assert keys(connection) == 1
