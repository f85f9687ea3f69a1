"""The statements that an idle process costs, by the servers' own count."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.servers import MariaDB, Postgres
from tests.state.conftest import place_on
from tests.state.own import fail

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SECONDS = 20
MOST_PER_SECOND = 0.2


def measure(record_property: Callable[[str, object], None], url: str, query: str, own: int) -> None:
    """Fail if the count that a query returns grows faster than an idle process may cause."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        before = int(connection.execute(text(query)).one()[-1])
        time.sleep(SECONDS)
        statements = int(connection.execute(text(query)).one()[-1]) - before - own
    engine.dispose()
    record_property("statements_per_second", statements / SECONDS)
    print(f"an idle process: {statements} statements in {SECONDS} s")
    assert statements <= MOST_PER_SECOND * SECONDS


def test_idle_process_on_postgresql(
    postgresql: Postgres, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    place = place_on(postgresql, tmp_path)
    name = place.owner.rpartition("/")[2]
    postgresql.run(postgresql.root, "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
    with place.open() as host:
        fail(host)
        time.sleep(12)  # the server may count statements ten seconds late
        query = f"SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{name}'"
        measure(record_property, postgresql.root, query, own=0)


def test_idle_process_on_mariadb(
    mariadb: MariaDB, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    place = place_on(mariadb, tmp_path)
    with place.open() as host:
        fail(host)
        time.sleep(5)
        query = (
            "SELECT SUM(variable_value) FROM information_schema.global_status "
            "WHERE variable_name LIKE 'Com\\_%' AND variable_name NOT LIKE 'Com\\_stmt%'"
        )
        measure(record_property, mariadb.root, query, own=1)
