"""Damage of the files that a host keeps for a database: no error of Python's, no lowered agent, no rubbish written."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.domain import Subject
from resolver.facade.health import probe
from resolver.state.sql.known_state import KnownState
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report
from tests.state.conftest import Place, place_of
from tests.state.own import fail
from tests.state.sql.cut_off import cut_off
from tests.state.sql.test_known_state import away
from tests.state.sql.waiting import until

pytestmark = pytest.mark.slow

KEY = Subject("layout", "worker_a")
_OTHER_KNOWN = "DROP TABLE known; CREATE TABLE known (revision, time, entries, checksum); INSERT INTO known VALUES "
_OTHER_ENTRY = (
    "DROP TABLE entry; CREATE TABLE entry (triad, role, generation, tier, lowered, changed, lost, "
    "PRIMARY KEY (triad, role)); INSERT INTO entry VALUES "
)
KNOWN = {
    "a table that is gone": "DROP TABLE entry",
    "both tables gone": "DROP TABLE entry; DROP TABLE known",
    "a table that is empty": "DELETE FROM entry",
    "an entry that is missing": "DELETE FROM entry WHERE triad = 'layout'",
    "an entry too many": "INSERT INTO entry VALUES ('new', 'worker_a', 1, 'fast', 0, 1, NULL)",
    "a lower entry": "UPDATE entry SET tier = 'fast'",
    "an entry of another tier": "UPDATE entry SET tier = 'zzz'",
    "a removed entry": "UPDATE entry SET tier = NULL",
    "a lost tier": "UPDATE entry SET lost = 'zzz' || char(27)",
    "a time far away": "UPDATE known SET time = 999999999999999",
    "the last time": "UPDATE known SET time = 9223372036854775807",
    "a time long ago": "UPDATE known SET time = -99999999999999",
    "a time that is text": "UPDATE known SET time = 'yesterday'",
    "a revision below zero": "UPDATE known SET revision = -1",
    "a revision that is a blob": "UPDATE known SET revision = x'ff'",
    "a number with a fraction": "UPDATE entry SET generation = 1.5",
    "no UTF-8": "UPDATE entry SET tier = CAST(x'ff00' AS TEXT)",
    "a name that is a blob": "UPDATE entry SET role = x'a1'",
    "columns without types": f"{_OTHER_KNOWN} ('x', 'y', 'z', 'z')",
    "columns with nulls": f"{_OTHER_KNOWN} (NULL, NULL, NULL, NULL)",
    "saved twice": "INSERT INTO known SELECT * FROM known",
    "entries without types": f"{_OTHER_ENTRY} (NULL, 'worker_a', 'x', 'zzz', 'q', 'r', 5)",
    "a view": "DROP TABLE entry; CREATE VIEW entry AS SELECT 1",
    "other columns": "DROP TABLE entry; CREATE TABLE entry (triad)",
}
SPOOLED = {
    "an empty list": "UPDATE queued SET report = '[]' WHERE id = 1",
    "null": "UPDATE queued SET report = 'null' WHERE id = 1",
    "a number": "UPDATE queued SET report = 7 WHERE id = 1",
    "a mapping": """UPDATE queued SET report = '{"triad": 1}' WHERE id = 1""",
    "no JSON": "UPDATE queued SET report = 'no JSON' WHERE id = 1",
    "deep JSON": "UPDATE queued SET report = replace(hex(zeroblob(50000)), '0', '[') WHERE id = 1",
    "a blob": "UPDATE queued SET report = x'ff00' WHERE id = 1",
    "no UTF-8": "UPDATE queued SET report = CAST(x'5bff5d' AS TEXT) WHERE id = 1",
    "a triad that is a number": "UPDATE queued SET report = json_set(report, '$[0]', 1) WHERE id = 1",
    "a role with a colon": "UPDATE queued SET report = json_set(report, '$[1]', 'a:b') WHERE id = 1",
    "a NUL": r"""UPDATE queued SET report = replace(report, '"layout"', '"lay\u0000"') WHERE id = 1""",
    "half a surrogate pair": r"""UPDATE queued SET report = replace(report, '"layout"', '"\ud800"') WHERE id = 1""",
    "a long name": "UPDATE queued SET report = json_set(report, '$[0]', hex(zeroblob(5000))) WHERE id = 1",
    "a phase that is a list": "UPDATE queued SET report = json_set(report, '$[2]', json('[]')) WHERE id = 1",
    "facts that are a list": "UPDATE queued SET report = json_set(report, '$[3]', json('[1]')) WHERE id = 1",
    "a fact that is a list": """UPDATE queued SET report = json_set(report, '$[3]', json('{"a": []}')) WHERE id = 1""",
    "a result that is text": "UPDATE queued SET report = json_set(report, '$[4]', 'yes') WHERE id = 1",
    "a kind that is a number": "UPDATE queued SET report = json_set(report, '$[5]', 5) WHERE id = 1",
    "an error that is a number": "UPDATE queued SET report = json_set(report, '$[6]', 5) WHERE id = 1",
    "a tier that is a number": "UPDATE queued SET report = json_set(report, '$[7]', 5) WHERE id = 1",
    "a key that is too long": "UPDATE queued SET key = hex(zeroblob(500)) WHERE id = 1",
    "a key with a NUL": "UPDATE queued SET key = char(0) WHERE id = 1",
    "a key that is a blob": "UPDATE queued SET key = x'ff' WHERE id = 1",
    "a time that is text": "UPDATE queued SET time = 'yesterday' WHERE id = 1",
    "a time far away": "UPDATE queued SET time = 9223372036854775807 WHERE id = 1",
    "a time long ago": "UPDATE queued SET time = -9223372036854775807 WHERE id = 1",
    "a generation that is a blob": "UPDATE queued SET generation = x'01' WHERE id = 1",
    "a generation below zero": "UPDATE queued SET generation = -1 WHERE id = 1",
}


@pytest.fixture
def host(tmp_path: Path) -> Place:
    """A host whose agent has been escalated, as its known state says."""
    place = place_of("sqlite", tmp_path, lambda _: pytest.fail("no server is needed"))
    with place.open() as resolver:
        fail(resolver, times=3)
        fail(resolver, times=3, triad="other")
    return place


def file_of(place: Place, kind: str) -> Path:
    (path,) = place.policy().glob(f".resolver.{kind}-????????.db")
    return path


def execute(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(statements)


def asides(path: Path) -> list[Path]:
    found = path.parent.glob(f"{path.name}.damaged-*")
    return [aside for aside in found if not aside.name.endswith(("-wal", "-shm", "-journal"))]


def commands(place: Place) -> None:
    """Commands answer, or say what is wrong, without an error of Python's."""
    for command in (["state", "status"], ["state"], ["record", "layout", "worker_c", "failure"], ["history"]):
        done = CliRunner().invoke(main, [*command, "--policies", str(place.policy()), "--state", str(place.app)])
        assert done.exception is None or isinstance(done.exception, SystemExit), command
    assert probe(place.policy(), place.app).store.where


class TestKnownState:
    @pytest.mark.parametrize("damage", KNOWN.values(), ids=KNOWN.keys())
    def test_damage_is_set_aside_while_the_database_answers(
        self, damage: str, host: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = file_of(host, "known")
        execute(path, damage)
        with host.open() as resolver:
            assert resolver.escalations() == {KEY: "reasoning", Subject("other", "worker_a"): "reasoning"}
            assert [event.what for event in resolver.history()] == ["escalate", "escalate"], "nothing is written back"
            assert str(fail(resolver, "worker_b")[0].effect) == "count"
        assert len(asides(path)) == caplog.text.count("is damaged") == 1
        found = KnownState(path).load()
        assert found is not None
        assert len(found.entries) == 2, "the file is made again"

    @pytest.mark.parametrize("damage", KNOWN.values(), ids=KNOWN.keys())
    def test_damage_lowers_no_agent_while_the_database_is_away(
        self, damage: str, host: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = file_of(host, "known")
        execute(path, damage)
        with monkeypatch.context() as patched:
            away(patched)
            with pytest.raises(ResolverError):
                host.open()
            commands(host)
        assert len(asides(path)) == 1

    @pytest.mark.parametrize("damage", ["DROP TABLE entry", "DROP TABLE known", "UPDATE known SET time = 'x'"])
    def test_damage_while_it_is_open(self, damage: str, host: Place) -> None:
        path = file_of(host, "known")
        with host.open() as resolver:
            execute(path, damage)
            fail(resolver, times=3, triad="third")
        found = KnownState(path).load()
        assert found is not None
        assert len(found.entries) == 3

    def test_two_processes_that_notice_it_put_it_aside_once(self, host: Place) -> None:
        path = file_of(host, "known")
        execute(path, "DELETE FROM entry")
        files = [KnownState(path), KnownState(path)]
        assert [file.load() for file in files] == [None, None]
        assert len(asides(path)) == 1

    def test_file_of_version_0_is_counted(self, host: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """A program of this version starts on what an earlier one has saved."""
        path = file_of(host, "known")
        drop = "ALTER TABLE known DROP COLUMN entries; ALTER TABLE known DROP COLUMN checksum; PRAGMA user_version = 0"
        execute(path, drop)
        with monkeypatch.context() as patched:
            away(patched)
            with host.open() as resolver:
                assert resolver.resolve(*astuple(KEY)).tier == "reasoning"
        assert asides(path) == []

    def test_damage_of_a_file_of_version_0(self, host: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        drop = "ALTER TABLE known DROP COLUMN entries; ALTER TABLE known DROP COLUMN checksum; PRAGMA user_version = 0"
        execute(file_of(host, "known"), f"{drop}; DROP TABLE entry")
        away(monkeypatch)
        with pytest.raises(ResolverError):
            host.open()

    def test_tier_that_no_ladder_has_is_never_written_back(self, host: Place, caplog: pytest.LogCaptureFixture) -> None:
        """Even if the file is whole: one host would hand its rubbish to all."""
        file = KnownState(file_of(host, "known"))
        known = file.load()
        assert known is not None
        file.save(replace(known, entries=[(entry, "zzz\x1b") for entry, _ in known.entries], since=0), replace=True)
        file.close()
        with host.open() as resolver:
            fail(resolver, "worker_b", 3)
            assert [event.what for event in resolver.history()] == ["escalate"] * 3
        assert {row[0] for row in read(host, "SELECT entry FROM resolver_subject")} == {"reasoning"}
        assert caplog.text.count("no tier of this policy") <= 1


def astuple(subject: Subject) -> tuple[str, str]:
    return subject.triad, subject.role


def read(place: Place, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(place.folder / "state.db")) as connection:
        return connection.execute(query).fetchall()


class TestSpool:
    @pytest.mark.parametrize("damage", SPOOLED.values(), ids=SPOOLED.keys())
    def test_damaged_row_holds_up_no_other(
        self, damage: str, host: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with host.open() as resolver, monkeypatch.context() as patched:
            cut_off(resolver, patched)
            for role in ("worker_a", "worker_b", "worker_c"):
                assert str(resolver.record_failure("layout", role).effect) == "queued"
            path = file_of(host, "spool")
            execute(path, f"DROP INDEX queued_names; {damage}")
            until(lambda: resolver.health().store.since is not None, 5)
        with host.open() as resolver:
            spool = resolver._store._spool  # type: ignore[attr-defined]
            assert str(fail(resolver, "peer_1")[0].effect) == "count"
            until(lambda: spool.depth() == 0, 10)
            assert {subject.role for subject in resolver.streaks()} == {"worker_b", "worker_c", "peer_1"}
            assert spool.put_aside_count() == 1
            assert resolver.health().store.put_aside_reason
        assert asides(path) == []
        commands(host)
        assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1

    @pytest.mark.parametrize(
        "damage",
        [
            "DROP TABLE queued",
            "DROP TABLE queued; CREATE TABLE queued (id, key, time, generation, report); "
            "INSERT INTO queued VALUES ('x', 'k', 1, 1, '[]')",
            "DROP TABLE put_aside; CREATE TABLE put_aside (why)",
        ],
    )
    def test_other_tables_are_damage(self, damage: str, host: Place) -> None:
        report = Report(KEY, None, {}, failed=True)
        with host.open() as resolver:
            path = resolver._store._spool.path  # type: ignore[attr-defined]
        spool = Spool(path)
        spool.append(Queued("k", 5, 1, report))
        spool.close()
        execute(path, damage)
        commands(host)
        with host.open() as resolver:
            assert str(fail(resolver, "worker_b")[0].effect) == "count"
        assert len(asides(path)) <= 1

    def test_numbers_that_are_far_apart_are_not_many(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool.db", most=3)
        report = Report(KEY, None, {}, failed=True)
        spool.append(Queued("a", 5, 1, report))
        spool.append(Queued("b", 5, 1, report))
        execute(spool.path, "UPDATE queued SET id = 4611686018427387904 WHERE id = 2")
        spool.append(Queued("c", 5, 1, report))
        with pytest.raises(ResolverError, match="is full"):
            spool.append(Queued("d", 5, 1, report))
        spool.close()

    def test_subjects_that_wait_are_found_by_the_index(self, tmp_path: Path) -> None:
        spool = Spool(tmp_path / "spool.db")
        spool.append(Queued("a", 5, 1, Report(KEY, None, {}, failed=True)))
        assert spool.waits(KEY)
        assert not spool.waits(Subject("layout", "worker_b"))
        from resolver.state.sql import spool as module  # noqa: PLC0415  for its query

        plan = spool._file.run(lambda run: run.execute(f"EXPLAIN QUERY PLAN {module._WAITS}", ("a", "b")).fetchall())
        assert "queued_names (<expr>=? AND <expr>=?)" in str(plan)
        spool.close()


OTHERS: dict[str, Callable[[Path], object]] = {"directory": Path.mkdir, "pipe": os.mkfifo}


@pytest.mark.parametrize("suffix", ["", "-wal", "-journal", "-shm"])
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("kind", ["known", "spool"])
def test_what_is_no_file_is_an_error_and_no_wait(
    kind: str, make: Callable[[Path], object], suffix: str, host: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host.open() as resolver:
        path = resolver._store._spool.path  # type: ignore[attr-defined]
    path = path if kind == "spool" else file_of(host, "known")
    strange = Path(f"{path}{suffix}")
    strange.unlink(missing_ok=True)
    path.touch()
    if suffix == "":
        path.unlink()
    make(strange)
    commands(host)
    with host.open() as resolver:
        assert resolver.resolve(*astuple(KEY)).tier == "reasoning"
        try:
            resolver.record_failure("layout", "worker_b")
        except ResolverError as error:
            assert "is not a regular file" in str(error)  # noqa: PT017  either is right
    away(monkeypatch)
    commands(host)
    with pytest.raises(ResolverError), Resolver.open(host.policy(), state=host.app) as resolver:
        resolver.record_failure("layout", "worker_b")
