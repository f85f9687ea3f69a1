"""A database that has lost transactions: after a failover, or restored from a backup.

What some process knows is written back, so no agent falls, and all processes agree again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from resolver import Resolver
from tests.servers import TABLES, Replicated
from tests.state.conftest import Place, place_on
from tests.state.drills.counting import agree
from tests.state.drills.deciding import Deciding
from tests.state.drills.remote import RemoteHost
from tests.state.own import fail
from tests.state.sql.waiting import until

ERRORS = ("1", "2", "3")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings that say that the database knows less than the process does."""
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record for record in records if record.exc_info] == []
    return [record.getMessage() for record in records if "after a failover" in record.getMessage()]


@pytest.mark.cluster
@pytest.mark.slow
def test_failover_that_lost_escalations(
    replicated: Replicated, tmp_path: Path, deciding: Deciding, caplog: pytest.LogCaptureFixture
) -> None:
    """A standby that was behind is promoted: the process that knows the lost escalations writes them back."""
    place = place_on(replicated, tmp_path)
    with place.open(0) as old:
        fail(old, times=3, triad="one")
        replicated.fall_behind()
        for triad in ("two", "three"):
            assert str(fail(old, times=3, triad=triad)[-1].effect) == "escalate"
        with deciding(old, "one", "two", "three", "four"):
            replicated.fail()
            replicated.promote()
            until(lambda: str(fail(old, triad="later")[0].effect) != "queued", 30)
            with place.open(1) as new:
                agree(old, new)
                assert {subject.triad for subject in new.escalations()} >= {"one", "two", "three"}
                fail(new, times=3, triad="four")
                until(lambda: old.resolve("four", "worker_a").tier == "reasoning", 10)
                agree(old, new)
        assert len(lines(caplog)) == 1, "once"


@contextmanager
def backup(place: Place) -> Iterator[Callable[[], None]]:
    """Yield a function that sets the content of all tables back to what it is now."""
    tables = [*TABLES, "resolver_clock", "resolver_setting"]
    engine = create_engine(place.owner)
    with engine.connect() as connection:
        rows = {table: list(connection.execute(text(f"SELECT * FROM {table}")).mappings()) for table in tables}

    def restore() -> None:
        with engine.begin() as connection:
            for table in tables:
                connection.execute(text(f"DELETE FROM {table}"))
                for row in rows[table]:
                    quoted = [f"`{name}`" if place.owner.startswith("mysql") else f'"{name}"' for name in row]
                    values = ", ".join(f":{name}" for name in row)
                    insert = f"INSERT INTO {table} ({', '.join(quoted)}) VALUES ({values})"
                    connection.execute(text(insert), dict(row))

    try:
        yield restore
    finally:
        engine.dispose()


def on(resolver: Resolver, triad: str) -> str:
    return resolver.resolve(triad, "worker_a").tier


@pytest.mark.slow
def test_restored_backup(served: Place, deciding: Deciding, caplog: pytest.LogCaptureFixture) -> None:
    """Tables set back to a backup under running processes: no agent falls, and a new process knows all."""
    with served.open(0) as host:
        fail(host, times=3, triad="one")
        with backup(served) as restore:
            for triad in ("two", "three"):
                fail(host, times=3, triad=triad)
            with deciding(host, "one", "two", "three"):
                restore()
                until(lambda: bool(host.escalations()) and len(lines(caplog)) > 0, 10)
                with served.open(1) as new:
                    agree(host, new)
                    assert {subject.triad for subject in new.escalations()} == {"one", "two", "three"}
        assert len(lines(caplog)) == 1, "once"
        assert {str(event.what) for event in host.history()} <= {"escalate", "restore"}


@pytest.mark.cluster
@pytest.mark.slow
def test_each_process_knew_another_lost_escalation(served: Place, tmp_path: Path) -> None:
    """Both write back what they know, and both have both in the end."""
    a = RemoteHost(served.policy(0), served.url(0), tmp_path / "a.log")
    b = RemoteHost(served.policy(1), served.url(1), tmp_path / "b.log")
    with a, b, backup(served) as restore:
        b.freeze()
        assert a.fail("two", *ERRORS)[-1] == "escalate"
        a.freeze()
        restore()
        b.go_on()
        assert b.fail("three", *ERRORS)[-1] == "escalate"
        b.freeze()
        restore()
        a.go_on()
        b.go_on()
        until(lambda: a.tier("three") == b.tier("two") == "reasoning", 15)
        assert a.tier("two") == b.tier("three") == "reasoning"
        with served.open(2) as new:
            assert on(new, "two") == on(new, "three") == "reasoning"


@pytest.mark.slow
def test_database_that_was_restored_and_has_gone_on(served: Place, tmp_path: Path, deciding: Deciding) -> None:
    """Others escalate more after the restore than was lost, before a process looks: it still notices."""
    a = RemoteHost(served.policy(0), served.url(0), tmp_path / "a.log")
    with a, backup(served) as restore:
        assert a.fail("two", *ERRORS)[-1] == "escalate"
        a.freeze()
        restore()
        with served.open(1) as other, deciding(other, "two"):
            for triad in ("x", "y", "z"):
                fail(other, times=3, triad=triad)
            a.go_on()
            until(lambda: a.tier("z") == "reasoning", 10)
            assert a.tier("two") == "reasoning"
            until(lambda: on(other, "two") == "reasoning", 10)


@pytest.mark.slow
def test_person_who_lowered_before_the_backup_is_not_overruled(served: Place) -> None:
    """What is written back is what was lost, and not what a person had taken away before."""
    with served.open(0) as host:
        fail(host, times=3, triad="one")
        host.lower("one", "worker_a")
        with backup(served) as restore:
            fail(host, times=3, triad="two")
            restore()
            with served.open(1) as new:
                until(lambda: on(new, "two") == "reasoning", 15)
                agree(host, new)
                assert on(host, "one") == on(new, "one") == "general"
