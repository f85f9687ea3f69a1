"""Streaks, history and intents in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Streak, Subject
from resolver.store.journal import Journal
from resolver.store.records import Intent

KEY = Subject("lay:out", "wörker")
TIME = datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
EVENT = Event("escalate", KEY, TIME, "fast", "general", "p", "k", ("a", "\udc80", ""), "rule", "rev", "host:1", "why")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "j.db")) as made:
        yield made


def test_nothing_is_made_before_it_is_needed(journal: Journal) -> None:
    """Making a journal makes no file."""
    journal.close()
    assert not journal.path.exists()


@pytest.mark.parametrize("streak", [Streak(2, "fast", None, ("x", "\udc80")), Streak(1, "general", "fast")])
def test_streaks_come_back(journal: Journal, streak: Streak) -> None:
    """A streak is what was kept, also after the file was closed; None ends it."""
    journal.keep(KEY, streak)
    journal.close()
    assert journal.streak(KEY) == streak
    with closing(Journal(journal.path)) as other:
        assert other.streaks() == {KEY: streak}
    journal.keep(KEY, None)
    assert (journal.streak(KEY), journal.streaks()) == (None, {})


def test_events_come_back_in_order(journal: Journal) -> None:
    """History has every part of an event, in the order in which they were added."""
    other = Event("hold", Subject("", ""), TIME.replace(year=2000))
    journal.keep(KEY, None, EVENT)
    journal.keep(Subject("", ""), None, other)
    assert journal.history() == [EVENT, other]


@pytest.mark.parametrize("happened", [True, False])
def test_intents_are_settled(journal: Journal, happened: bool, tmp_path: Path) -> None:
    """An intent that happened is an event and the end of the streak; one that did not is nothing."""
    streak = Streak(2, "fast", None)
    journal.keep(KEY, streak)
    intent = Intent(KEY, None, "general", EVENT, tmp_path / ".x.new")
    journal.intend(intent)
    with closing(Journal(journal.path)) as other:
        assert other.intents() == [intent]
    journal.settle(intent, happened=happened)
    assert journal.intents() == []
    assert journal.history() == [EVENT] * happened
    assert journal.streak(KEY) == (None if happened else streak)


def test_file_of_another_journal_is_seen(journal: Journal) -> None:
    """Two journals on one file see each other's changes, also after the file was replaced."""
    with closing(Journal(journal.path)) as other:
        journal.keep(KEY, Streak(1, "fast", None))
        assert other.streak(KEY) == Streak(1, "fast", None)
        journal.path.unlink()
        assert other.streak(KEY) is None
        other.keep(KEY, Streak(2, "fast", None))
        assert journal.streak(KEY) == Streak(2, "fast", None)


def test_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """What is no file, or locked by another program, is a ResolverError."""
    (tmp_path / "j.db").mkdir()
    with pytest.raises(ResolverError, match="cannot use"):
        Journal(tmp_path / "j.db").keep(KEY, None)


def test_commit_survives_a_kill_and_an_intent_a_power_cut(journal: Journal) -> None:
    """The write-ahead log is synced for intents, and need not be for counts."""
    said: list[str] = []
    journal.keep(KEY, None)
    assert journal._connection is not None
    journal._connection.set_trace_callback(said.append)
    journal.keep(KEY, Streak(1, "fast", None))
    journal.intend(Intent(KEY, None, "general", EVENT, Path("x")))
    assert [line for line in said if "synchronous" in line] == [
        "PRAGMA synchronous = NORMAL",
        "PRAGMA synchronous = FULL",
    ]
    with closing(sqlite3.connect(journal.path)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"
