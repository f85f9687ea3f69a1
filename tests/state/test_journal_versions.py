"""Databases beside a policy that earlier versions wrote are migrated, and those of later versions are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.state import journal as journal_module
from tests.state.own import fail, own_policy, whats

KEY = Subject("layout", "worker_a")
KEY_NAMES = ("layout", "worker_a")
TABLES = """
CREATE TABLE streak (
  triad TEXT, role TEXT, entry TEXT, strikes INTEGER NOT NULL, failed_tier TEXT NOT NULL, errors TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE history (
  id INTEGER PRIMARY KEY, what TEXT NOT NULL, triad TEXT NOT NULL, role TEXT NOT NULL, time TEXT NOT NULL,
  from_tier TEXT, to_tier TEXT, phase TEXT, kind TEXT, errors TEXT NOT NULL, rule TEXT, revision TEXT NOT NULL,
  process TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX history_of_subject ON history (triad, role, id);
CREATE TABLE outcome (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
INSERT INTO streak VALUES ('layout', 'worker_a', NULL, 2, 'general', '["x", "x"]');
INSERT INTO history VALUES (1, 'hold', 'layout', 'orchestrator', '2026-01-31T12:00:00+00:00', 'reasoning', NULL, NULL,
  NULL, '[]', 'top_of_the_ladder', 'r', 'h:1', '');
INSERT INTO outcome (line) VALUES ('{"time": "2026-01-31T12:00:00+00:00", "triad": "layout", "role": "worker_a", '
  || '"result": "failure", "tier": "general", "effect": "count", "rule": "failure", "revision": "r", "entry": null}');
"""
INTENT = "INSERT INTO intent VALUES ('t', 'r', NULL, 'fast', '{}', '/nowhere/.x.new'{})"
EVENT = '["escalate", "t", "r", "2026-01-31T12:00:00+00:00", null, "fast", null, null, "[]", null, "", "", ""]'
VERSIONS = {
    1: """
CREATE TABLE intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  PRIMARY KEY (triad, role)) WITHOUT ROWID;
PRAGMA user_version = 1;
""",
    2: """
CREATE TABLE intent (
  triad TEXT, role TEXT, entry TEXT, tier TEXT, event TEXT NOT NULL, replacement TEXT NOT NULL,
  inode INTEGER, digest TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE entry (
  triad TEXT, role TEXT, tier TEXT, owed TEXT, PRIMARY KEY (triad, role)) WITHOUT ROWID;
CREATE TABLE looked (id INTEGER PRIMARY KEY CHECK (id = 1), noticed TEXT, written TEXT);
PRAGMA user_version = 2;
""",
}


def written(policy: Path, script: str) -> None:
    with closing(sqlite3.connect(policy / ".resolver.db", isolation_level=None)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_earlier_version_is_migrated(version: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All of it stays, and reports can have keys from then on."""
    policy = own_policy(tmp_path)
    written(policy, TABLES + VERSIONS[version])
    with Resolver.open(policy) as resolver:
        assert resolver.streaks()[KEY].strikes == 2
        assert whats(resolver) == ["hold"]
        assert len(list(resolver.outcomes())) == 1
        assert [str(resolver.record_failure(*KEY_NAMES, key="k").effect) for _ in range(2)] == ["escalate"] * 2
        assert whats(resolver) == ["hold", "escalate"]
        assert len(list(resolver.outcomes())) == 2
        assert str(resolver.record_success(*KEY_NAMES).effect) == "reset"
    assert "damaged" not in caplog.text
    with closing(sqlite3.connect(policy / ".resolver.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (journal_module._VERSION,)


def test_open_intent_of_an_earlier_version_is_settled(tmp_path: Path) -> None:
    """A program of that version was killed, and had not exchanged the files: the intent is dropped."""
    policy = own_policy(tmp_path)
    new = policy / ".model_tiers.yaml.new"
    new.write_text("the next content")
    inode = new.stat().st_ino
    values = f", {inode}, 'd'"
    written(policy, TABLES + VERSIONS[2] + INTENT.replace("{}", EVENT, 1).replace("{}", values))
    with Resolver.open(policy) as resolver:
        assert [outcome.strikes for outcome in fail(resolver, "worker_b")] == [1]
        assert whats(resolver) == ["hold"]
    with closing(sqlite3.connect(policy / ".resolver.db")) as connection:
        assert connection.execute("SELECT count(*) FROM intent").fetchone() == (0,)


@pytest.mark.parametrize("version", [1, 2])
def test_tables_of_another_version_are_damage(version: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A number that is not that of the tables is not written by this program; nothing is half migrated."""
    policy = own_policy(tmp_path)
    written(policy, TABLES + VERSIONS[3 - version] + f"PRAGMA user_version = {version};")
    with Resolver.open(policy) as resolver:
        assert [outcome.strikes for outcome in fail(resolver)] == [1]
    assert caplog.text.count("is damaged") == 1


def test_program_of_an_earlier_version_refuses_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so, changes nothing, and puts nothing aside, also where it had the file open before."""
    policy = own_policy(tmp_path)
    with Resolver.open(policy) as newer:
        fail(newer)
        with monkeypatch.context() as patched:
            patched.setattr(journal_module, "_VERSION", 2)
            with Resolver.open(policy) as older, pytest.raises(ResolverError, match="written by a newer version"):
                fail(older)
        assert [outcome.strikes for outcome in fail(newer)] == [2]
    assert "damaged" not in caplog.text
