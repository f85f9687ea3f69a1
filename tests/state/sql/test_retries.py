"""Each further attempt to read or write the state is counted, with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from resolver.domain import Subject
from resolver.serving import telemetry
from resolver.state.sql import compare_and_swap, database, delivery, raising
from resolver.state.sql.database import Database
from tests.state.conftest import Place, place_of
from tests.state.own import fail
from tests.state.sql.cut_off import cut_off, depth
from tests.state.sql.test_compare_and_swap import error
from tests.state.sql.test_moving_in import entries
from tests.state.sql.waiting import until

KEY = Subject("layout", "worker_a")
FAILURES = {
    "changed": None,
    "conflict": error(sqlstate="40001"),
    "connection": error(lost=True),
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The number of retries by reason."""
    counts: Counter[str] = Counter()
    for module in (compare_and_swap, database, delivery, raising):
        monkeypatch.setattr(module, "count_retry", lambda reason: counts.update([reason]))
    return counts


@pytest.fixture
def sqlite(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    return place_of("sqlite", tmp_path, request.getfixturevalue)


def failing_once(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """Let the next write fail for this reason, with nothing written."""
    write, left = Database.write, [1]

    def once(self: Database, writes: Any, *deadline: Any) -> Any:
        if left[0] and writes:
            left[0] -= 1
            if (raised := FAILURES[reason]) is not None:
                raise raised
            return [None] * len(writes)
        return write(self, writes, *deadline)

    monkeypatch.setattr(Database, "write", once)


@pytest.mark.parametrize("reason", FAILURES)
def test_a_report(sqlite: Place, counted: Counter[str], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite.open() as resolver:
        failing_once(monkeypatch, reason)
        assert [outcome.strikes for outcome in fail(resolver)] == [1]
    assert counted == {reason: 1}


@pytest.mark.parametrize("reason", ["changed", "conflict"])
def test_delivery(sqlite: Place, counted: Counter[str], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outcome that waited, and is judged again by itself."""
    with sqlite.open() as resolver:
        with monkeypatch.context() as patched:
            cut_off(resolver, patched)
            assert str(fail(resolver)[0].effect) == "queued"
            failing_once(monkeypatch, reason)
        until(lambda: depth(sqlite) == 0, 10)
        assert resolver.streaks()[KEY].strikes == 1
    assert counted == {reason: 1}


@pytest.mark.parametrize("reason", ["changed", "conflict"])
def test_an_entry_of_the_file(
    sqlite: Place, counted: Counter[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, reason)
    with sqlite.open(entries=entries("reasoning")) as resolver:
        until(lambda: [event.what for event in resolver.history()] == ["import"], 5)
    assert counted == {reason: 1}


def test_a_read_on_a_dead_connection(sqlite: Place, counted: Counter[str]) -> None:
    left = [1]

    def ask(connection: Connection) -> int:
        if left[0]:
            left[0] -= 1
            raise error(lost=True)
        return 1

    with sqlite.open() as resolver:
        assert resolver._store._database.read(ask) == 1  # type: ignore[attr-defined]
    assert counted == {"connection": 1}


def test_the_reasons_are_those_of_the_metric() -> None:
    assert set(FAILURES) == set(telemetry.RETRIES)
