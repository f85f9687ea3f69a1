"""A change is written once, or not at all and said, whatever a database answers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from resolver.domain import Subject
from resolver.state.sql.database import Database
from resolver.state.sql.database_errors import is_away, is_conflict
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.waiting import until

KEY = Subject("layout", "worker_a")


class Answer(Exception):  # noqa: N818  what a driver raises
    """An error of a driver: with a state as PostgreSQL has it, or a number as MySQL has it."""

    def __init__(self, sqlstate: str | None = None, number: int | None = None) -> None:
        super().__init__(*([number, "said"] if number else ["said"]))
        self.sqlstate = sqlstate


def error(kind: type[DBAPIError] = OperationalError, *, lost: bool = False, **answer: Any) -> DBAPIError:
    return kind("SELECT 1", {}, Answer(**answer), connection_invalidated=lost)


CONFLICTS = [
    {"sqlstate": "40001"},
    {"sqlstate": "40P01"},
    {"number": 1213},
    {"number": 1205},
    {"number": 9007},
    {"sqlstate": "HY000", "number": 1205},
]
GONE = [{"sqlstate": "57P01"}, {"sqlstate": None}, {"number": 2013}, {"number": 1040}]


@pytest.mark.parametrize("answer", CONFLICTS)
def test_conflicts_are_tried_again(answer: dict[str, Any]) -> None:
    """`retried on serialisation failure and deadlock`, of each database."""
    assert is_conflict(error(**answer))
    assert not is_away(error(**answer))


@pytest.mark.parametrize("answer", GONE)
def test_lost_connections_are_told_from_conflicts(answer: dict[str, Any]) -> None:
    assert is_away(error(**answer))
    assert not is_conflict(error(**answer))


def test_defects_of_the_set_up_are_neither() -> None:
    for kind in (ProgrammingError, IntegrityError):
        assert not is_away(error(kind, sqlstate="42501"))
        assert not is_conflict(error(kind, sqlstate="42501"))
    for number in (1142, 1143, 1146):
        assert not is_away(error(sqlstate="42000", number=number))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("times", [1, 2])
def test_connection_that_is_lost_around_the_write(
    shared: Place, when: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is open whether it was written; the outcome is counted once either way, and nobody has to know."""
    write, left = Database.write, [0]

    def losing(self: Database, *what: Any) -> Any:
        if left[0] and when == "before":
            left[0] -= 1
            raise error(lost=True)
        after = write(self, *what)
        if left[0]:
            left[0] -= 1
            raise error(lost=True)
        return after

    monkeypatch.setattr(Database, "write", losing)
    with shared.open() as resolver:
        effects = []
        for _ in range(4):
            left[0] = times
            effects += [str(outcome.effect) for outcome in fail(resolver)]
        assert effects == ["count", "count", "escalate", "count"]
        assert resolver.escalations() == {KEY: "reasoning"}
        assert [str(event.what) for event in resolver.history()] == ["escalate"]
        assert resolver.streaks()[KEY].strikes == 1
        left[0] = 1
        resolver.lower("layout", "worker_a")
        assert [str(event.what) for event in resolver.history()] == ["escalate", "lower"]


def test_deadlock_is_tried_again(shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write, left = Database.write, [5]

    def deadlocked(self: Database, *what: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error(sqlstate="40P01")
        return write(self, *what)

    monkeypatch.setattr(Database, "write", deadlocked)
    with shared.open() as resolver:
        assert [outcome.strikes for outcome in fail(resolver)] == [1]
    assert left == [0]


def test_there_is_a_limit(shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """`retried …, with a limit`: the outcome is queued then, and counts later."""
    monkeypatch.setattr("resolver.state.sql.compare_and_swap._LONGEST_PAUSE", 0.0)
    with shared.open() as resolver:
        with monkeypatch.context() as patched:
            patched.setattr(Database, "write", lambda *_: [None])
            assert str(fail(resolver)[0].effect) == "queued"
            assert resolver.streaks() == {}
        until(lambda: [streak.strikes for streak in resolver.streaks().values()] == [1], 10)
