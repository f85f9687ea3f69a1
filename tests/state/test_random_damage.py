"""Random damage of SQLite files: readers raise nothing but ResolverError, and never take less for all there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import ResolverError
from resolver.domain import Event, LastFailure, Streak, Subject
from resolver.state.file_access import why_not_readable
from resolver.state.journal import Journal
from resolver.state.journal_rows import Edit, Intent
from resolver.state.sql.known_state import Known, KnownState, last_known
from resolver.state.sql.spool import Queued, Spool
from resolver.state.sql.spool_counts import count_spool
from resolver.state.sql.sql_rows import Entry
from resolver.table import Report

Place = Callable[[str, list[Any]], Path]
NOW = datetime(2026, 1, 31, tzinfo=UTC)
SUBJECTS = [Subject(f"triad {number}", "rôle") for number in range(40)]
KNOWN = Known([(Entry(subject, 3, "reasoning", 2, at), None) for at, subject in enumerate(SUBJECTS)], 50)
QUEUED = [Queued(f"{at:032}", 5, at, Report(of, None, {"n": 1}, True, "task", "é")) for at, of in enumerate(SUBJECTS)]
EVENT = Event("escalate", SUBJECTS[0], NOW, "fast", "general", errors=("error",))
FAILED = LastFailure("groq", "model", "outage", "error", NOW, NOW, "process")

COLUMNS = {
    "known": {"entry": "triad role generation tier lowered changed lost", "known": "revision time entries checksum"},
    "spool": {"queued": "id key time generation report", "put_aside": "key time generation report why may_work"},
    "journal": {
        "streak": "triad role entry strikes failed_tier errors",
        "history": "what triad role time from_tier errors process",
        "outcome": "id line",
        "intent": "triad event replacement inode digest",
        "entry": "triad tier owed",
        "looked": "noticed written",
        "provider_failure": "provider error time cools_until",
    },
}
VALUES = [
    *("NULL", "''", "'x'", "char(0)", "x'ff00'", "CAST(x'ff00' AS TEXT)", "'[]'", "'{}'", "'[1, null]'"),
    *("-1", "0", "1.5", "9e999", "9223372036854775807", "-9223372036854775808", "hex(zeroblob(3000))"),
    "'9999-12-31T23:59:59-12:00'",
]


def statements(kind: str) -> st.SearchStrategy[str]:
    tables = COLUMNS[kind]
    columns = [(table, column) for table, names in tables.items() for column in names.split()]
    return st.one_of(
        st.builds(
            lambda at, value: f"UPDATE {at[0]} SET {at[1]} = {value}", st.sampled_from(columns), st.sampled_from(VALUES)
        ),
        st.builds(
            lambda at, value: f"UPDATE {at[0]} SET {at[1]} = {value} WHERE rowid = 1 OR {at[1]} LIKE '%3%'",
            st.sampled_from(columns),
            st.sampled_from(VALUES),
        ),
        st.builds(lambda table, form: form.format(table, tables[table].replace(" ", ", ")), *forms(tables)),
    )


def forms(tables: dict[str, str]) -> Iterator[st.SearchStrategy[str]]:
    yield st.sampled_from(list(tables))
    yield st.sampled_from(
        [
            "DROP TABLE {0}",
            "DELETE FROM {0}",
            "DELETE FROM {0} WHERE triad LIKE '%3'",
            "DROP TABLE {0}; CREATE TABLE {0} ({1})",
            "DROP TABLE {0}; CREATE VIEW {0} AS SELECT 1 AS triad",
            "CREATE TABLE copied AS SELECT * FROM {0}; DROP TABLE {0}; ALTER TABLE copied RENAME TO {0}",
            "ALTER TABLE {0} ADD COLUMN more",
            "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = CAST(x'a1' || sql AS TEXT) WHERE name = '{0}'",
            "PRAGMA writable_schema = 1; UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT) WHERE name = '{0}'",
            "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 2 WHERE name = '{0}'",
            "PRAGMA user_version = 0",
            "PRAGMA user_version = 99",
        ]
    )


def damage(kind: str) -> st.SearchStrategy[list[Any]]:
    """One or more kinds of damage: a statement, or bytes that are written at a part of the file, or its end cut off."""
    part = st.one_of(st.integers(0, 120).map(lambda at: at / 1_000_000), st.floats(0, 1))
    data = st.one_of(st.binary(min_size=1, max_size=60), st.binary(min_size=1, max_size=1).map(lambda one: one * 4_096))
    return st.lists(st.one_of(statements(kind), st.tuples(part, data), part), min_size=1, max_size=3)


def harm(path: Path, damages: list[Any]) -> None:
    for each in damages:
        if isinstance(each, str):
            with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(path)) as connection:
                connection.executescript(each)
            continue
        data = bytearray(path.read_bytes())
        start = int((each if isinstance(each, float) else each[0]) * len(data))
        if isinstance(each, float):
            del data[start:]
        else:
            data[start : start + len(each[1])] = each[1]
        path.write_bytes(data)


def whole(tmp_path_factory: pytest.TempPathFactory, write: Callable[[Path], Any]) -> bytes:
    """The bytes of an undamaged file."""
    path = tmp_path_factory.mktemp("whole") / "file.db"
    write(path).close()
    return path.read_bytes()


def known_state(path: Path) -> KnownState:
    file = KnownState(path)
    assert file.save(KNOWN)
    return file


def spool(path: Path) -> Spool:
    file = Spool(path)
    for queued in QUEUED:
        file.append(queued)
    file.put_aside(QUEUED[0], "why", may_work=True)
    return file


def journal(path: Path) -> Journal:
    file = Journal(path)
    intent = Intent(SUBJECTS[0], None, "fast", EVENT, Path("x"), 1, "d")
    for subject in SUBJECTS:
        file.keep(subject, Streak(2, "fast", None, ("error",)), EVENT)
    file.intend(intent)
    file.notice([Edit(subject, "fast", "general", EVENT) for subject in SUBJECTS], [], None)
    file.keep_provider_failure(FAILED)
    return file


def call(*calls: Callable[[], object]) -> None:
    for each in calls:
        with suppress(ResolverError):
            each()


@pytest.fixture(scope="module")
def bytes_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    writers: dict[str, Callable[[Path], Any]] = {"known": known_state, "spool": spool, "journal": journal}
    return {kind: whole(tmp_path_factory, write) for kind, write in writers.items()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, bytes_of: dict[str, bytes]) -> Place:
    """Returns the path of a new file with this damage."""
    top, numbers = tmp_path_factory.mktemp("damaged"), count()

    def damaged(kind: str, damages: list[Any]) -> Path:
        folder = top / str(next(numbers))
        folder.mkdir()
        path = folder / "file.db"
        path.write_bytes(bytes_of[kind])
        harm(path, damages)
        return path

    return damaged


@pytest.mark.slow
@given(damages=damage("known"))
def test_known_state_is_what_was_saved_or_nothing(damages: list[Any], place: Place) -> None:
    """It never lacks an entry, which would lower an agent while the database is away."""
    path = place("known", damages)
    call(lambda: last_known(path))
    file = KnownState(path)
    found = file.load()
    assert found is None or (sorted(found.entries), found.revision) == (sorted(KNOWN.entries), KNOWN.revision)
    call(lambda: file.save(KNOWN))
    file.close()
    again = KnownState(path)
    saved = again.load()
    assert saved is None or sorted(saved.entries) == sorted(KNOWN.entries)
    again.close()


def deliver(file: Spool) -> None:
    """Take a batch out, and put its second half aside."""
    batch = file.oldest(20)
    file.remove(batch[:10])
    for queued in batch[10:]:
        file.put_aside(queued, "why", may_work=True)


@pytest.mark.slow
@given(damages=damage("spool"))
def test_spool_raises_resolver_errors(damages: list[Any], place: Place) -> None:
    path = place("spool", damages)
    call(lambda: count_spool(path))
    file = Spool(path)
    more = Queued("f" * 32, 5, 0, Report(SUBJECTS[0], None, {}, True))
    call(file.depth, lambda: file.waits(SUBJECTS[0]), file.reasons, file.put_aside_count, file.requeue)
    call(lambda: file.append(more), lambda: file.put_aside(more, "why", may_work=False))
    for _ in range(3):
        call(partial(deliver, file))
    call(lambda: count_spool(path), file.requeue, file.depth)
    file.close()


@pytest.mark.slow
@given(damages=damage("journal"))
def test_journal_raises_resolver_errors(damages: list[Any], place: Place) -> None:
    path = place("journal", damages)
    assert isinstance(why_not_readable(path.with_name("file")), str | None)
    file = Journal(path)
    subject = SUBJECTS[3]
    call(file.streaks, file.intents, file.looked, file.known, file.removed_entries, file.history)
    call(file.provider_failures, lambda: file.outcomes(0, 100), lambda: file.entry(subject))
    streak: list[Streak | None] = []
    call(lambda: streak.append(file.streak(subject)))
    for each in filter(None, streak):
        call(lambda of=each: file.keep(subject, Streak(of.strikes + 1, "fast", None, of.errors), EVENT))  # type: ignore[misc]
    for intent in intents(file):
        call(lambda of=intent: file.settle(of, happened=True))  # type: ignore[misc]
    call(lambda: file.keep_provider_failure(FAILED), lambda: file.notice([], [subject], None))
    file.close()
    other = path.with_name("other.db")
    call(lambda: Journal(other).take_over(path))


def intents(file: Journal) -> list[Intent]:
    try:
        return file.intents()
    except ResolverError:
        return []
