"""Damaged, deleted and newer database files lose no escalation."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from tests.state.own import fail, own_policy

KEY = Subject("layout", "worker_a")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


class TestDamage:
    """`a corrupt or deleted SQLite file (streaks restart from 0, the corrupt file is kept aside, a warning;
    escalations are untouched)`.
    """

    @pytest.mark.parametrize("damage", [b"no database at all " * 500, b"SQLite format 3\0" + b"\xff" * 20_000])
    def test_damaged_file_is_kept_aside(self, damage: bytes, policy: Path, caplog: pytest.LogCaptureFixture) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            fail(resolver, times=2)
        (policy / ".resolver.db").write_bytes(damage)
        with Resolver.open(policy) as resolver:
            assert [outcome.strikes for outcome in fail(resolver)] == [1]
            assert resolver.escalations() == {KEY: "reasoning"}
        kept = [file for file in policy.iterdir() if ".damaged-" in file.name]
        assert [file.read_bytes() for file in kept] == [damage]
        assert caplog.text.count("is damaged") == 1

    def test_page_in_the_middle_is_damaged(self, policy: Path, caplog: pytest.LogCaptureFixture) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
        file = policy / ".resolver.db"
        data = bytearray(file.read_bytes())
        data[4096:] = b"\xaa" * (len(data) - 4096)
        file.write_bytes(data)
        with Resolver.open(policy) as resolver:
            assert [outcome.strikes for outcome in fail(resolver)] == [1]
        assert "is damaged" in caplog.text

    def test_deleted_file_while_open(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            fail(resolver, times=2)
            (policy / ".resolver.db").unlink()
            assert [outcome.strikes for outcome in fail(resolver)] == [1]
            assert resolver.escalations() == {KEY: "reasoning"}
            assert resolver.removed_entries() == {}
        with closing(sqlite3.connect(policy / ".resolver.db")) as connection, connection:
            assert connection.execute("SELECT strikes FROM streak").fetchall() == [(1,)]
        connection.close()

    def test_newer_file_is_refused(self, policy: Path) -> None:
        with closing(sqlite3.connect(policy / ".resolver.db")) as connection, connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        with Resolver.open(policy) as resolver, pytest.raises(ResolverError, match="written by a newer version"):
            fail(resolver)
