"""A renaming whose commit fails changes nothing, and one whose end is unknown is finished by the same command."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from resolver import Resolver
from resolver.author import PolicyFiles, rename_edits
from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming, Subject
from resolver.facade import renaming as renaming_module
from resolver.facade.interrupted import InterruptedRenaming, interrupted_renaming, note_path, note_renaming
from resolver.facade.renaming import check_nothing_waits, rename_everywhere
from resolver.state import NewContent, replace_all
from resolver.state.beside import Beside
from resolver.state.process_lock import BusyError, ProcessLock
from resolver.state.replace import Replacement
from resolver.state.sql.queued_rows import Queued
from resolver.state.sql.spool import Spool
from resolver.state.sqlite_file import SqliteFile
from resolver.table import Report
from tests.state.conftest import Place
from tests.state.own import fail

OLD, NEW = Subject("layout", "worker_a"), Subject("layout", "builder")
RENAMING = Renaming(NameKind.ROLE, "worker_a", "builder")


class _Failing:
    """A connection of SQLite whose COMMIT fails."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, statement: str, *parameters: Any) -> object:
        if statement == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self._connection.execute(statement, *parameters)


def _fail_commit(monkeypatch: pytest.MonkeyPatch, *, is_committed: bool = False, is_lost: bool = False) -> None:
    def commit(connection: Connection, commit: Callable[[Connection], None] = Connection.commit) -> None:
        if is_committed:
            commit(connection)
        why = "server closed the connection unexpectedly" if is_lost else "database or disk is full"
        cause: Exception = sqlite3.OperationalError(why)
        if not is_lost:
            cause.sqlite_errorcode = sqlite3.SQLITE_FULL  # type: ignore[attr-defined]
        raise OperationalError("COMMIT", {}, cause, connection_invalidated=is_lost)

    monkeypatch.setattr(Connection, "commit", commit)
    opened = SqliteFile._open
    monkeypatch.setattr(SqliteFile, "_open", lambda file: _Failing(opened(file)))


def _rename(place: Place, *, finishes: bool = False) -> int:
    files = PolicyFiles(place.policy())
    edits = rename_edits(files.texts, RENAMING.kind, RENAMING.old, RENAMING.new, finishes=finishes)
    contents = {file: NewContent(*content) for file, content in files.changed(edits).items()}
    return rename_everywhere(place.policy(), place.owner or None, RENAMING, contents, finishes=finishes)


def _texts(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir() if file.suffix == ".yaml"}


def _learn(place: Place) -> None:
    with place.open() as resolver:
        fail(resolver, "worker_a", times=4)


def _check_learned(place: Place, subject: Subject) -> None:
    with place.open() as resolver:
        assert resolver.escalations() == {subject: "reasoning"}
        assert {each: streak.strikes for each, streak in resolver.streaks().items()} == {subject: 1}
        assert [(event.what, event.subject) for event in resolver.history()] == [("escalate", subject)]


def test_a_commit_that_fails_changes_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is found out at the commit, when the files have their new content already."""
    _learn(place)
    before = _texts(place.policy())
    with monkeypatch.context() as patch:
        _fail_commit(patch)
        with pytest.raises(ResolverError, match="disk is full") as failed:
            _rename(place)
    assert "run the same command" not in str(failed.value)
    assert _texts(place.policy()) == before
    assert not note_path(place.policy()).exists()
    _check_learned(place, OLD)
    assert _rename(place) > 0
    _check_learned(place, NEW)


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_connection_lost_during_the_commit_is_reported_as_such(
    is_committed: bool, served: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may have either name; the files keep the new one, and the same command finishes."""
    _learn(served)
    with monkeypatch.context() as patch:
        _fail_commit(patch, is_committed=is_committed, is_lost=True)
        with pytest.raises(ResolverError, match="may have the new name or the old one; the files have the new name: "):
            _rename(served)
    assert interrupted_renaming(served.policy()) is not None
    assert b"builder: general" in _texts(served.policy())["model_tiers.yaml"]
    _rename(served, finishes=True)
    assert interrupted_renaming(served.policy()) is None
    _check_learned(served, NEW)


def test_files_that_cannot_be_put_back_are_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The renaming is then finished forward, by the same command, and what was learned under it stays."""
    _learn(place)
    swap = Replacement.swap

    def fails_back(replacement: Replacement, old: bytes) -> object:
        if b"builder" in old:
            raise ResolverError("no space")
        return swap(replacement, old)

    with monkeypatch.context() as patch:
        _fail_commit(patch)
        patch.setattr(Replacement, "swap", fails_back)
        message = r"full.*; th.* already ha.* the new content: `.*model_tiers\.yaml`; run the same command again to fin"
        with pytest.raises(ResolverError, match=message):
            _rename(place)
    assert interrupted_renaming(place.policy()) is not None
    _rename(place, finishes=True)
    _check_learned(place, NEW)


def test_a_database_found_damaged_does_not_replace_the_files_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are renamed again in the new database; the files have their new content by then."""
    place = Place("file", tmp_path, None, "")
    _learn(place)
    calls: list[str] = []

    def rename_rows(*_: object) -> int:
        calls.append("rows")
        return 0

    def replace(contents: dict[Path, NewContent]) -> object:
        calls.append("files")
        return replace_all(contents)

    class Damaged(_Failing):
        def execute(self, statement: str, *parameters: Any) -> object:
            if statement == "COMMIT" and calls == ["rows", "files"]:
                raise sqlite3.DatabaseError("database disk image is malformed")
            return self._connection.execute(statement, *parameters)

    opened = SqliteFile._open
    monkeypatch.setattr("resolver.state.journal.rename_rows", rename_rows)
    monkeypatch.setattr(renaming_module, "replace_all", replace)
    monkeypatch.setattr(SqliteFile, "_open", lambda file: Damaged(opened(file)))
    assert _rename(place) == 0
    assert calls == ["rows", "files", "rows"]
    assert b"builder: general" in _texts(place.policy())["model_tiers.yaml"]


@pytest.mark.parametrize("finishes", [False, True])
def test_files_are_replaced_under_the_lock_even_if_nothing_was_learned(
    *, finishes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that learns for the first time in that moment must not write into a file that is being replaced."""
    place = Place("file", tmp_path, None, "")
    lock = Beside.of(place.policy() / "model_tiers.yaml").lock
    replaced: list[Path] = []

    def replace(contents: dict[Path, NewContent]) -> object:
        with pytest.raises(BusyError):
            ProcessLock(lock).acquire(0)
        replaced.extend(contents)
        return replace_all(contents)

    monkeypatch.setattr(renaming_module, "replace_all", replace)
    assert _rename(place, finishes=finishes) == 0
    assert replaced
    if not finishes:
        assert not (place.policy() / ".resolver.db").exists()


def test_a_policy_being_renamed_has_no_edits_by_people(tmp_path: Path) -> None:
    """A process that reads the files before the renaming is finished ends no streak, and records no removed entry."""
    place = Place("file", tmp_path, None, "")
    _learn(place)
    note_renaming(place.policy(), InterruptedRenaming(RENAMING.kind, RENAMING.old, RENAMING.new, None))
    files = PolicyFiles(place.policy())
    edits = rename_edits(files.texts, RENAMING.kind, RENAMING.old, RENAMING.new)
    for file, (_, new) in files.changed(edits).items():
        file.write_bytes(new)
    with place.open() as resolver:
        assert resolver.escalations() == {NEW: "reasoning"}
        resolver.streaks()
    _rename(place, finishes=True)
    _check_learned(place, NEW)


@pytest.mark.parametrize(
    ("waiting", "may_work", "message"),
    [
        (1, None, r"^1 outcome waits for the database; rename when they are delivered$"),
        (2, True, r"^2 outcomes are put aside to be tried again: a right is missing; rename when they are delivered"),
        (1, False, None),
    ],
)
def test_a_renaming_is_refused_while_outcomes_keep_the_old_name(
    waiting: int, may_work: bool | None, message: str | None, tmp_path: Path
) -> None:
    """What was put aside for good is never delivered, so it is in nobody's way."""
    spool = Spool(tmp_path / "spool.db")
    for number in range(waiting):
        spool.append(Queued(str(number), 2**31, 0, Report(OLD, None, {}, failed=True)))
    for queued in spool.oldest(waiting) if may_work is not None else []:
        spool.put_aside(queued, "a right is missing", may_work=bool(may_work))
    resolver = cast("Resolver", _Health(str(tmp_path / "spool.db")))
    if message is None:
        check_nothing_waits(resolver)
        return
    with pytest.raises(ResolverError, match=message):
        check_nothing_waits(resolver)


class _Health:
    """Answers for the health of a resolver with a spool."""

    def __init__(self, spool: str) -> None:
        self.store = SimpleNamespace(spool=spool)

    def health(self) -> _Health:
        return self
