"""The last known state is kept on the host: a process may start on it, says so, and is never below it."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from resolver import ResolverError
from resolver.domain import Subject
from resolver.facade.health import probe
from resolver.state.sql.connections import Connections
from resolver.state.sql.known_state import Known, KnownState
from resolver.state.sql.sql_rows import Entry
from resolver.state.sql.state_url import DatabaseRefusedError, DatabaseUnavailableError, StateURL
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.cut_off import depth
from tests.state.sql.waiting import until

KEY = ("layout", "worker_a")


def away(patched: pytest.MonkeyPatch, error: ResolverError | None = None) -> None:
    """Let no process reach the database."""

    def nothing(*_: object) -> object:
        raise error or DatabaseUnavailableError("cannot use the database: no route")

    patched.setattr(Connections, "take", nothing)


def run(place: Place, *statements: str) -> None:
    engine = create_engine(place.owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def known_file(place: Place, host: int = 0) -> Path:
    (path,) = place.policy(host).glob(".resolver.known-????????.db")
    return path


@pytest.fixture
def served_away() -> str:
    """The URL of a database whose server is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"postgresql+psycopg://app@127.0.0.1:{free.getsockname()[1]}/state"


class TestStart:
    """`A process may start on it, says so, and never below it.`"""

    def test_start_while_the_database_is_away(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with shared.open(0) as one:
            fail(one, times=3)
            one.escalations()
        with monkeypatch.context() as patched:
            away(patched)
            again = shared.open(0)
            said = [record for record in caplog.records if record.levelno == logging.WARNING]
            assert [record.message.partition(" at ")[0] for record in said] == [
                "starting on the state that this host knew",
                "cannot use the database: no route; decisions go on as last known, outcomes wait in "
                f"`{known_file(shared).parent / known_file(shared).name.replace('known', 'spool')}`",
            ]
            assert again.resolve(*KEY).tier == "reasoning"
            assert again.escalations() == {Subject(*KEY): "reasoning"}
            assert str(again.record_failure("other", "worker_a").effect) == "queued"
            health = again.health().store
            assert (health.reachable, health.started_on_last_known, health.revision) == (False, True, 1)
            with pytest.raises(ResolverError):
                again.lower(*KEY)
            with pytest.raises(ResolverError):
                shared.open(1)  # this host knows no state
        until(lambda: depth(shared) == 0, 15)
        assert [streak.strikes for streak in again.streaks().values()] == [1]
        again.close()

    def test_a_process_that_was_just_open_has_saved_all_that_it_did(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for triad in range(3):
            with shared.open(0) as one:
                fail(one, times=3, triad=f"t{triad}")
        with monkeypatch.context() as patched:
            away(patched)
            with shared.open(0) as one:
                assert {one.resolve(f"t{triad}", "worker_a").tier for triad in range(3)} == {"reasoning"}

    def test_state_without_entries_is_known_too(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        shared.open(0).close()
        away(monkeypatch)
        with shared.open(0) as one:
            assert one.resolve(*KEY).tier == "general"

    def test_probe_shows_its_revision_while_the_database_is_away(self, shared: Place, served_away: str) -> None:
        with shared.open(0) as one:
            fail(one, times=3)
            one.escalations()
        file = known_file(shared)
        url = StateURL.parse(served_away)
        file.rename(file.with_name(f".resolver.known-{url.digest}.db"))
        health = probe(shared.policy(0), served_away).store
        assert (health.reachable, health.revision) == (False, 1)
        assert health.last_refresh is not None

    def test_probe_shows_what_no_process_of_the_host_has_read(self, shared: Place) -> None:
        assert shared.app is not None
        assert probe(shared.policy(0), shared.app).store.lag is None
        with shared.open(0) as one:
            fail(one, times=3)
            one.escalations()
        assert probe(shared.policy(0), shared.app).store.lag == 0
        with shared.open(1) as other:
            fail(other, times=3, triad="more")
        health = probe(shared.policy(0), shared.app).store
        assert (health.revision, health.server_revision, health.lag) == (1, 2, 1)

    def test_what_other_hosts_did_is_known_too(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        with shared.open(0) as one, shared.open(1) as other:
            fail(other, times=3)
            until(lambda: one.resolve(*KEY).tier == "reasoning", 5)
            other.lower(*KEY)
            until(lambda: one.resolve(*KEY).tier == "general", 5)
        with monkeypatch.context() as patched:
            away(patched)
            with shared.open(0) as one:
                assert one.resolve(*KEY).tier == "general"

    def test_wrong_password_is_said_at_start(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        with shared.open(0) as one:
            fail(one, times=3)
        away(monkeypatch, DatabaseRefusedError("wrong password"))
        with pytest.raises(ResolverError, match="wrong password"):
            shared.open(0)

    def test_loss_while_no_process_ran(self, shared: Place, caplog: pytest.LogCaptureFixture) -> None:
        """A failover or a restore that nobody saw: the first process to start writes the higher entry back."""
        with shared.open(0) as one:
            fail(one, times=3)
            fail(one, times=3, triad="kept")
        run(shared, "DELETE FROM resolver_subject WHERE triad = 'layout'", "DELETE FROM resolver_history")
        run(shared, "UPDATE resolver_subject SET changed = 1", "UPDATE resolver_clock SET at = 1")
        with shared.open(0) as one:
            assert one.resolve(*KEY).tier == "reasoning"
            until(lambda: [event.what for event in one.history()] == ["restore"], 10)
            assert "has lost changes" in caplog.text
            with shared.open(1) as fresh:
                assert fresh.resolve(*KEY).tier == "reasoning"


class TestTheFile:
    def test_damage_is_said_and_does_not_matter(self, shared: Place, caplog: pytest.LogCaptureFixture) -> None:
        with shared.open(0) as one:
            fail(one, times=3)
        path = known_file(shared)
        path.write_bytes(b"nothing of the kind" * 400)
        with shared.open(0) as one:
            assert one.resolve(*KEY).tier == "reasoning"
        assert "is damaged" in caplog.text
        found = KnownState(path).load()
        assert found is not None
        assert [(entry.subject, entry.entry) for entry, _ in found.entries] == [(Subject(*KEY), "reasoning")]

    def test_file_that_cannot_be_written_is_said_once(self, shared: Place, caplog: pytest.LogCaptureFixture) -> None:
        shared.open(0).close()
        path = known_file(shared)
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
        path.mkdir()
        with shared.open(0) as one:
            for number in range(3):
                fail(one, times=3, triad=f"t{number}")
            one._store._to_save = 0  # type: ignore[attr-defined]
        assert caplog.text.count("the last known state is not saved") == 1

    def test_after_a_loss_the_file_has_what_there_is(self, tmp_path: Path) -> None:
        file = KnownState(tmp_path / "known.db")
        assert file.load() is None
        low, high = Entry(Subject("a", "r"), 3, "general", 0, 7), Entry(Subject("b", "r"), 9, "reasoning", 0, 12)
        assert file.save(Known([(low, None), (high, None)], 12))
        assert file.save(Known([(low, None)], 7, since=7)), "of a process that is behind"
        assert file.load() == Known([(low, None), (high, None)], 12, 12, file.load().time)  # type: ignore[union-attr]
        assert file.save(Known([(low, "reasoning")], 7), replace=True)
        assert not file.save(Known([(high, None)], 12, since=11)), "entries before these are missing"
        found = file.load()
        assert found is not None
        assert (found.entries, found.revision) == ([(low, "reasoning")], 7)
        file.close()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["change", "change", "read", "save"]), st.integers(0, 2), st.integers(0, 2)),
        max_size=40,
    )
)
def test_file_has_every_change_up_to_its_revision(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever processes of the host read and save, and in whatever order."""
    folder = tmp_path_factory.mktemp("known")
    changes: list[Entry] = []
    files = [KnownState(folder / "known.db") for _ in range(3)]
    known: list[dict[Subject, Entry]] = [{} for _ in files]
    revisions, saved = [0, 0, 0], [0, 0, 0]
    for step, process, name in steps:
        if step == "change":
            subject = Subject(f"t{name}", "r")
            generation = sum(change.subject == subject for change in changes) + 1
            changes.append(Entry(subject, generation, "general", 0, len(changes) + 1))
        elif step == "read":
            known[process] |= {change.subject: change for change in changes}
            revisions[process] = len(changes)
        else:
            some = [(entry, None) for entry in known[process].values() if entry.changed > saved[process]]
            if not files[process].save(Known(some, revisions[process], saved[process])):
                everything = [(entry, None) for entry in known[process].values()]
                assert files[process].save(Known(everything, revisions[process]))
            saved[process] = revisions[process]
        found = files[process].load()
        if found is not None:
            there = {entry.subject: entry for entry, _ in found.entries}
            for change in changes[: found.revision]:
                assert there[change.subject].generation >= change.generation
            last = changes[found.revision - 1] if found.revision else None
            assert last is None or there[last.subject].changed >= last.changed
    for file in files:
        file.close()
