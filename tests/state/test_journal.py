"""Streaks, history and intents in SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Streak, Subject
from resolver.state import journal as journal_module
from resolver.state.journal import Journal
from resolver.state.journal_rows import Intent
from resolver.state.sqlite_file import SqliteFile

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
    assert journal._file._connection is not None
    journal._file._connection.set_trace_callback(said.append)
    journal.keep(KEY, Streak(1, "fast", None))
    journal.intend(Intent(KEY, None, "general", EVENT, Path("x")))
    assert [line for line in said if "synchronous" in line] == [
        "PRAGMA synchronous = NORMAL",
        "PRAGMA synchronous = FULL",
    ]
    with closing(sqlite3.connect(journal.path)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_a_fork_loses_nothing_when_its_parent_closes(journal: Journal) -> None:
    """SQLite in the child would take over locks that only the parent has, and lose the log that the parent removes."""
    journal.keep(KEY, Streak(1, "fast", None))
    to_child, from_parent = os.pipe()
    to_parent, from_child = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            journal.keep(KEY, Streak(2, "fast", None))
            os.write(from_child, b"x")
            os.read(to_child, 1)
            journal.keep(KEY, Streak(3, "fast", None))
            code = 0
        finally:
            os._exit(code)
    os.read(to_parent, 1)
    journal.streak(KEY)
    journal.close()
    os.write(from_parent, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for descriptor in (to_child, from_parent, to_parent, from_child):
        os.close(descriptor)
    assert journal.streak(KEY) == Streak(3, "fast", None)


@pytest.mark.parametrize("inode", [0, 2**63 - 1, 2**63, 2**64 - 1])
def test_inodes_are_numbers_of_64_bits_without_a_sign(journal: Journal, inode: int, tmp_path: Path) -> None:
    """Network file systems use all of them."""
    intent = Intent(KEY, None, "general", EVENT, tmp_path / ".x.new", inode)
    journal.intend(intent)
    assert journal.intents() == [intent]


def test_a_reason_that_is_no_unicode_is_kept_as_far_as_it_is(journal: Journal) -> None:
    """Python gives an argument of a command such characters for bytes that are no UTF-8."""
    journal.keep(KEY, None, Event("reset", KEY, TIME, reason="caf\udce9", process="h\ud800:1"))
    (event,) = journal.history()
    assert (event.reason, event.process) == ("caf\\udce9", "h\\ud800:1")


def test_the_log_of_a_damaged_file_is_put_aside_with_it(journal: Journal) -> None:
    """It has what the file does not have yet, while another program has the file open."""
    journal.keep(KEY, Streak(1, "fast", None))
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("UPDATE streak SET strikes = 'many'")
        assert journal.streak(KEY) is None
        (aside,) = (
            path for path in journal.path.parent.glob("j.db.damaged-*") if path.name[-4:] not in ("-wal", "-shm")
        )
        with closing(sqlite3.connect(aside)) as kept:
            assert kept.execute("SELECT strikes FROM streak").fetchall() == [("many",)]


def test_an_older_database_that_stays_locked_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, but not for ever; nothing is left behind."""
    monkeypatch.setattr(journal_module, "_SECONDS_TO_TAKE_OVER", 0.1)
    older = journal.path.with_name("older.db")
    with closing(sqlite3.connect(older, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE streak (x)")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ResolverError, match=r"cannot copy .* it is locked by another program"):
            journal.take_over(older)
    assert not journal.path.exists()


def test_the_log_of_a_file_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    """Another process may have made the file, and committed to it, since this one saw that it was missing."""
    path = tmp_path / "spool.db"
    mine, others = (SqliteFile(path, lambda connection: None, lambda error, aside: None) for _ in range(2))

    def made_meanwhile(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS queued (x)")
        connection.execute("INSERT INTO queued VALUES (1)")

    mkdir = Path.mkdir
    with pytest.MonkeyPatch.context() as patch:

        def late(self: Path, *args: object, **more: object) -> None:
            patch.setattr(Path, "mkdir", mkdir)
            others.change(made_meanwhile, durable=True)

        patch.setattr(Path, "mkdir", late)
        assert mine.run(lambda connection: connection.execute("SELECT x FROM queued").fetchall()) == [(1,)]
    mine.close()
    others.close()
