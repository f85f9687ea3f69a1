"""The last failure of each provider is kept beside the policy, for other processes to show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.domain import LastFailure
from resolver.state.journal import Journal
from tests.state.own import own_policy

TIME = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def failed(provider: str = "groq", kind: str = "auth", error: str = "a wrong key") -> LastFailure:
    """A failure of a provider that cools down for a minute."""
    return LastFailure(provider, "llama", kind, error, TIME, TIME + timedelta(minutes=1), "host:1")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(), st.text()), max_size=8))
def test_the_last_one_of_each_provider_is_kept(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str, str]]
) -> None:
    """Any names and texts come back as they were, in another process too."""
    path = tmp_path_factory.mktemp("journal") / "j.db"
    with closing(Journal(path)) as journal:
        for each in told:
            journal.keep_provider_failure(failed(*each))
    with closing(Journal(path)) as journal:
        assert journal.provider_failures() == {each[0]: failed(*each) for each in told}


def test_a_resolver_shows_what_another_noted(tmp_path: Path) -> None:
    """The failure names the process that noted it, and nothing else changes."""
    policy = own_policy(tmp_path)
    with Resolver.open(policy) as one, Resolver.open(policy) as two:
        assert two.provider_failures() == {}
        one.note_provider_failure(failed())
        [(provider, noted)] = two.provider_failures().items()
        assert (provider, noted.kind, noted.cools_until) == ("groq", "auth", TIME + timedelta(minutes=1))
        assert noted.process not in ("", "host:1")
        assert list(two.history()) == []
        assert list(two.outcomes()) == []


def test_asking_leaves_no_file(tmp_path: Path) -> None:
    """A policy that nothing was learned in stays as it is."""
    policy = own_policy(tmp_path)
    before = sorted(policy.rglob("*"))
    with Resolver.open(policy) as resolver:
        assert resolver.provider_failures() == {}
    assert sorted(policy.rglob("*")) == before


def test_an_older_program_goes_on(tmp_path: Path) -> None:
    """The table is no new version of the file, so that programs of both ages share it."""
    path = tmp_path / "j.db"
    with closing(Journal(path)) as journal:
        assert journal.history() == []
        with closing(sqlite3.connect(path)) as connection:
            before = connection.execute("PRAGMA user_version").fetchone()
            assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'provider_failure'").fetchall()
        journal.keep_provider_failure(failed())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == before


def test_a_damaged_row_is_damage(tmp_path: Path) -> None:
    """A row that this program did not write puts the file aside, as any other does."""
    path = tmp_path / "j.db"
    with closing(Journal(path)) as journal:
        journal.keep_provider_failure(failed())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE provider_failure SET time = 'noon'")
        connection.commit()
    with closing(Journal(path)) as journal:
        assert journal.provider_failures() == {}
    assert len(list(tmp_path.glob("j.db*"))) > 1


def test_an_error_that_is_no_unicode(tmp_path: Path) -> None:
    """What a provider sends may be anything; a lone surrogate is replaced."""
    with closing(Journal(tmp_path / "j.db")) as journal:
        journal.keep_provider_failure(failed(error="half \ud800 a letter"))
        assert "half" in journal.provider_failures()["groq"].error


def test_a_read_only_policy_notes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The shipped policy has no place to keep it."""
    monkeypatch.chdir(tmp_path)
    with Resolver.open() as resolver, pytest.raises(ResolverError, match="read-only"):
        resolver.note_provider_failure(failed())
