"""What was learned survives: crashes at each step, damage, people, threads and forks."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.serving import LivePolicy
from resolver.serving.policy_text import PolicyText
from resolver.serving.quiet_file import NotNowError
from resolver.state import FileStore, now
from resolver.state import file_store as file_module
from resolver.state.replace import Replacement
from tests.state.own import STATE, fail, left_over, own_policy, patience, python, settled, take_out

KEY = Subject("layout", "worker_a")

CRASH = """
import os, sys
from pathlib import Path
from resolver import Resolver
from resolver.state import file_store as file, journal, edits_by_people as people, replace
from resolver.serving import live_policy as live
where, path = sys.argv[1], sys.argv[2]
owner, name, when = where.split()
owner = {"Replacement": replace.Replacement, "Journal": journal.Journal, "LivePolicy": live.LivePolicy,
         "os": os, "FileStore": file.FileStore, "replace": replace, "file": file}[owner]
old = getattr(owner, name)
armed = False
def dying(*args, **kwargs):
    if armed and when == "before":
        os._exit(9)
    result = old(*args, **kwargs)
    if armed:
        os._exit(9)
    return result
setattr(owner, name, dying)
resolver = Resolver.open(path)
for _ in range(2):
    resolver.record_failure("layout", "worker_a", error="x")
armed = True
resolver.record_failure("layout", "worker_a", error="x")
os._exit(0)
"""
BEFORE_THE_SWAP = [
    "FileStore _write before",
    "Replacement __init__ before",
    "os open after",
    "os utime before",
    "os fsync before",
    "os fsync after",
    "Replacement __init__ after",
    "Journal intend before",
    "Journal intend after",
    "Replacement swap before",
    "Replacement _expect before",
    "Replacement _expect after",
    "replace exchange before",
]
AFTER_THE_SWAP = [
    "replace exchange after",
    "replace discard before",
    "replace discard after",
    "Replacement swap after",
    "LivePolicy entered before",
    "LivePolicy entered after",
    "Journal settle before",
    "Journal settle after",
    "FileStore _write after",
]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


@pytest.fixture(params=["its name", "another name"])
def again(request: pytest.FixtureRequest, policy: Path) -> Path:
    """What the policy is opened as after a crash: as before, or as a directory of links to its files."""
    if request.param == "its name":
        return policy
    other = policy.parent / "other"
    other.mkdir()
    for file in policy.glob("*.yaml"):
        (other / file.name).symlink_to(file)
    return other


def whats(resolver: Resolver) -> list[str]:
    return [str(event.what) for event in resolver.history()]


class TestACrashAtEachStep:
    """`a kill at any step leaves history telling of exactly the escalations that happened […], never two steps from one
    streak, and lets a crash be told from a person's removal`.
    """

    @pytest.mark.parametrize("step", BEFORE_THE_SWAP)
    def test_before_the_swap_nothing_has_happened(self, step: str, policy: Path, again: Path) -> None:
        assert python(CRASH, step, policy).returncode == 9
        with Resolver.open(again) as resolver:
            assert resolver.history() == []
            assert resolver.escalations() == {}
            assert resolver.streaks()[KEY].strikes == 2
            assert left_over(policy) == []
            (outcome,) = fail(resolver)
            assert outcome.effect == "escalate"
            assert resolver.escalations() == {KEY: "reasoning"}
            assert whats(resolver) == ["escalate"]

    @pytest.mark.parametrize("step", AFTER_THE_SWAP)
    def test_after_the_swap_it_has_happened_once(self, step: str, policy: Path, again: Path) -> None:
        assert python(CRASH, step, policy).returncode == 9
        with Resolver.open(again) as resolver:
            assert resolver.resolve("layout", "worker_a").tier == "reasoning"
            assert resolver.escalations() == {KEY: "reasoning"}
            assert whats(resolver) == ["escalate"]
            assert resolver.history()[0].errors == ("x", "x", "x")
            assert resolver.streaks() == {}
            assert [outcome.strikes for outcome in fail(resolver, times=2)] == [1, 2]
            assert left_over(policy) == []

    @pytest.mark.parametrize("step", AFTER_THE_SWAP)
    def test_after_the_swap_a_person_took_it_out(
        self, step: str, policy: Path, again: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert python(CRASH, step, policy).returncode == 9
        take_out(policy)
        with Resolver.open(again) as resolver:
            assert whats(resolver) == ["escalate", "removed"]
            assert KEY in resolver.removed_entries()
            assert resolver.escalations() == {}
            assert [outcome.strikes for outcome in fail(resolver)] == [1]
        assert caplog.text.count("was taken out of") == 1

    @pytest.mark.parametrize("step", BEFORE_THE_SWAP[6:])
    def test_before_the_swap_a_person_wrote_it(self, step: str, policy: Path, again: Path) -> None:
        """An entry that a person wrote after the crash is theirs: history tells of it as such."""
        assert python(CRASH, step, policy).returncode == 9
        state = policy / STATE
        state.write_text(
            state.read_text().replace("escalation_state: {}", 'escalation_state: {"layout:worker_a": reasoning}')
        )
        with Resolver.open(again) as resolver:
            assert whats(resolver) == ["edited"]
            assert resolver.escalations() == {KEY: "reasoning"}
            assert resolver.streaks() == {}


class TestPeople:
    """`An entry that a person removed stays removed; the loss is logged once as a WARNING with the command that brings
    it back`.
    """

    @pytest.mark.parametrize("seen_by", ["reload", "explain", "record"])
    def test_whoever_sees_it_first_a_removal_is_noticed(
        self, seen_by: str, policy: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What reads the policy again does not hide from the store that a person took an entry out."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            take_out(policy)
            old = time.time() - 60  # as if saved a while ago: a file that just changed is looked at twice
            os.utime(policy / STATE, (old, old))
            if seen_by == "reload":
                resolver.reload()
            elif seen_by == "explain":
                resolver.explain("layout", "worker_a")
            resolver.record_success("elsewhere", "critic")
            settled(resolver)
            assert KEY in resolver.removed_entries()
            assert resolver.resolve("layout", "worker_a").tier == "general"
        assert caplog.text.count("was taken out of") == 1

    def test_removed_entry_is_respected_and_said_once(self, policy: Path, caplog: pytest.LogCaptureFixture) -> None:
        with Resolver.open(policy) as resolver, Resolver.open(policy) as other:
            fail(resolver, times=3)
            assert other.escalations() == {KEY: "reasoning"}
            take_out(policy)
            assert (resolver.escalations(), other.escalations()) == ({}, {})
            settled(resolver)
            settled(other)
            assert resolver.removed_entries() == other.removed_entries()
            assert resolver.removed_entries()[KEY].from_tier == "reasoning"
            assert resolver.resolve("layout", "worker_a").tier == "general"
        with Resolver.open(policy) as resolver:
            assert KEY in resolver.removed_entries()
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert ["resolver state restore layout worker_a" in record.getMessage() for record in warnings] == [True]
        said = python("import logging, sys; logging.basicConfig(); from resolver import Resolver\n"
                      "print(len(Resolver.open(sys.argv[1]).removed_entries()))", policy)  # fmt: skip
        assert (said.stdout.strip(), "taken out" in said.stderr) == ("1", False)

    def test_restored_entry_is_back(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            text = (policy / STATE).read_bytes()
            take_out(policy)
            settled(resolver)
            assert resolver.restore("layout", "worker_a") == "reasoning"
            assert resolver.resolve("layout", "worker_a").tier == "reasoning"
            assert resolver.removed_entries() == {}
            assert whats(resolver) == ["escalate", "removed", "restore"]
            assert (policy / STATE).read_bytes() == text
            with pytest.raises(
                ResolverError, match="no entry of `layout:worker_a` was taken out of the file or lowered"
            ):
                resolver.restore("layout", "worker_a")

    def test_lowered_entry_is_not_lost(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            resolver.lower("layout", "worker_a", "fast", reason="new model")
            assert resolver.resolve("layout", "worker_a").tier == "fast"
            resolver.lower("layout", "worker_a")
            assert (resolver.escalations(), resolver.removed_entries()) == ({}, {})
            assert [event.reason for event in resolver.history()] == ["", "new model", ""]
            with pytest.raises(ResolverError, match="has no entry"):
                resolver.lower("layout", "worker_a")

    @pytest.mark.parametrize("tier", ["reasoning", "turbo"])
    def test_lowering_lowers(self, policy: Path, tier: str) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            with pytest.raises(ResolverError, match=r"is not below|unknown tier"):
                resolver.lower("layout", "worker_a", tier)
            assert resolver.escalations() == {KEY: "reasoning"}

    def test_streak_under_another_entry_is_deleted(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            state = policy / STATE
            text = state.read_text()
            state.write_text(text.replace("escalation_state: {}", 'escalation_state: {"layout:worker_a": fast}'))
            assert resolver.streaks() == {}
            settled(resolver)
            state.write_text(text)
            assert [outcome.strikes for outcome in fail(resolver)] == [1]

    def test_editor_that_saves_between_read_and_swap_is_not_overwritten(
        self, policy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The change begins anew with what the editor saved, even a text of the same size and age."""
        state = policy / STATE
        made: list[int] = []
        make = Replacement.__init__

        def saved_meanwhile(self: Replacement, path: Path, content: bytes) -> None:
            make(self, path, content)
            if not made:
                old = state.stat()
                state.write_bytes(state.read_bytes().replace(b"Most work.", b"Most WORK."))
                os.utime(state, ns=(old.st_atime_ns, old.st_mtime_ns))
            made.append(1)

        monkeypatch.setattr(Replacement, "__init__", saved_meanwhile)
        with Resolver.open(policy) as resolver:
            assert fail(resolver, times=3)[-1].effect == "escalate"
            assert whats(resolver) == ["escalate"]
        assert "Most WORK." in state.read_text()
        assert '"layout:worker_a": reasoning' in state.read_text()
        assert len(made) == 2
        assert left_over(policy) == []

    def test_file_that_changes_all_the_time_is_given_up(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def saved(self: Replacement, *_arguments: object) -> None:
            raise NotNowError("saved just now")

        monkeypatch.setattr(Replacement, "_expect", saved)
        text = (policy / STATE).read_bytes()
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            match = "saved just now; the entry was not written: try again"
            with patience(1.5), pytest.raises(ResolverError, match=match):
                fail(resolver)
            assert (resolver.history(), resolver.streaks()[KEY].strikes) == ([], 2)
        assert (policy / STATE).read_bytes() == text
        assert left_over(policy) == []

    def test_file_that_is_just_being_saved_is_left_alone(self, policy: Path) -> None:
        """An editor that writes in place empties the file first: nothing is read from that, or written into it."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, "worker_b", 3)
            fail(resolver, times=2)
            text = state.read_bytes()
            state.write_bytes(b"")
            with patience(1), pytest.raises(ResolverError, match="the entry was not written"):
                fail(resolver)
            assert state.read_bytes() == b""
            state.write_bytes(text)
            assert fail(resolver)[-1].effect == "escalate"
            assert whats(resolver) == ["escalate", "escalate"]


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


class TestOneLock:
    def test_sixteen_threads(self, policy: Path) -> None:
        """Each third failure escalates, or is held, whoever reports it; none is lost, none counts twice."""
        outcomes: list[str] = []
        with Resolver.open(policy) as resolver:

            def work(number: int) -> None:
                for _ in range(15):
                    outcomes.append(str(resolver.record_failure("layout", f"role_{number % 4}").effect))
                    resolver.resolve("layout", f"role_{number % 4}")

            threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert set(resolver.escalations().values()) == {"reasoning"}
            assert whats(resolver).count("escalate") == 4
        counts = {effect: outcomes.count(effect) for effect in set(outcomes)}
        assert counts == {"count": 160, "escalate": 4, "hold": 76}

    def test_lock_that_is_not_free_in_time(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_module, "_LOCK_SECONDS", 0.1)
        with Resolver.open(policy) as resolver, FileLock(policy / ".resolver.lock"):
            with pytest.raises(ResolverError, match="another process has held"):
                fail(resolver)
            start = time.monotonic()
            assert resolver.resolve("layout", "worker_a").tier == "general"
            assert time.monotonic() - start < 0.05

    def test_resolve_never_waits_for_the_lock(self, policy: Path) -> None:
        """Although another process holds the lock, what changed is taken over, and requests are answered at once."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            with FileLock(policy / ".resolver.lock"):
                take_out(policy)
                resolver._live.next_poll = 0
                start = time.monotonic()
                assert resolver.resolve("layout", "worker_a").tier in ("reasoning", "general")
                assert time.monotonic() - start < 1
                settled(resolver)
                assert resolver.resolve("layout", "worker_a").tier == "general"
            assert KEY in resolver.removed_entries()

    def test_looking_and_recording_do_not_lock_each_other_out(self, policy: Path) -> None:
        """Requests that look at the files, outcomes and people's edits at once come to an end."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            stop = threading.Event()

            def ask() -> None:
                while not stop.is_set():
                    resolver._live.next_poll = 0
                    resolver.explain("layout", "worker_a")

            def edit() -> None:
                for number in range(20):
                    state.write_text(f"# {number}\n" + state.read_text()) if number % 2 else resolver.reload()

            threads = [threading.Thread(target=ask) for _ in range(3)]
            writers = [threading.Thread(target=edit), threading.Thread(target=lambda: fail(resolver, "peer_1", 30))]
            for thread in (*threads, *writers[1:]):
                thread.start()
            writers[1].join(60)
            stop.set()
            for thread in threads:
                thread.join(60)
            assert not any(thread.is_alive() for thread in (*threads, *writers[1:]))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_after_a_fork_parent_and_child_go_on(self, policy: Path) -> None:
        with Resolver.open(policy) as resolver:
            fail(resolver, times=1)
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    code = 0 if fail(resolver)[0].strikes == 2 else 2
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert fail(resolver)[0].effect == "escalate"
            assert whats(resolver) == ["escalate"]


class TestWhatStaysAsItWas:
    def test_reading_leaves_no_file(self, policy: Path) -> None:
        before = sorted(file.name for file in policy.iterdir())
        with Resolver.open(policy) as resolver:
            resolver.resolve("layout", "worker_a")
            resolver.explain("layout", "worker_a")
            seen = (resolver.escalations(), resolver.streaks(), resolver.history(), resolver.removed_entries())
        assert seen == ({}, {}, [], {})
        assert sorted(file.name for file in policy.iterdir()) == before

    def test_text_is_read_again_only_when_it_changed(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reads: list[Path] = []
        read = PolicyText.read.__func__  # type: ignore[attr-defined]

        def counted(cls: type[PolicyText], path: Path) -> PolicyText:
            reads.append(path)
            found: PolicyText = read(cls, path)
            return found

        monkeypatch.setattr(PolicyText, "read", classmethod(counted))
        with Resolver.open(policy) as resolver:
            fail(resolver, times=5)
            assert len(reads) == 1
            (policy / STATE).write_text((policy / STATE).read_text() + "# more\n")
            fail(resolver, times=5)
            assert len(reads) == 2

    def test_entry_that_makes_the_file_too_large_is_refused(
        self, policy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = (policy / STATE).read_bytes()
        monkeypatch.setattr("resolver.serving.policy_text.LARGEST_FILE", len(text) + 5)
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            with pytest.raises(ResolverError, match="it would be larger than"):
                fail(resolver)
            assert (resolver.history(), resolver.streaks()[KEY].strikes) == ([], 2)
        assert (policy / STATE).read_bytes() == text
        assert left_over(policy) == []

    def test_clock_that_jumps_back(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """History stays in the order of what happened."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            moved = now().replace(year=2001)
            monkeypatch.setattr("resolver.facade.recording.now", lambda: moved)
            monkeypatch.setattr("resolver.state.edits_by_people.now", lambda: moved)
            monkeypatch.setattr("time.time_ns", lambda: 10**18)
            fail(resolver, times=3)
            os.utime(policy / STATE, (10**9, 10**9))
            assert whats(resolver) == ["escalate", "hold"]
            take_out(policy)
            os.utime(policy / STATE, (10**9 + 60, 10**9 + 60))
            settled(resolver)
            assert KEY in resolver.removed_entries()
            assert whats(resolver) == ["escalate", "hold", "removed"]

    def test_explain_shows_the_lines_after_an_own_write(self, tmp_path: Path) -> None:
        shipped = own_policy(tmp_path)
        single = tmp_path / "one.yaml"
        texts = [(shipped / name).read_text() for name in (STATE, "precedence.yaml", "three_strikes.yaml")]
        joined = texts[0] + texts[1] + texts[2].replace("rulesets:\n", "", 1)
        single.write_text(joined)
        with Resolver.open(single) as resolver:
            fail(resolver, times=3)
            lines = single.read_text().splitlines()
            for report in resolver.explain("layout", "worker_a").rules:
                assert lines[report.rule.place.line - 1].strip() == f"{report.rule.name}:"

    def test_shipped_policy_is_not_written_into(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with Resolver.open() as resolver:
            with pytest.raises(ResolverError, match="is read-only; `resolver init DIR`"):
                fail(resolver)
            with pytest.raises(ResolverError, match="is read-only; `resolver init DIR`"):
                resolver.record_success("layout", "worker_a")
            assert resolver.history() == []

    def test_recording_below_the_threshold_is_quick(self, policy: Path) -> None:
        """A count takes a commit and no fsync; the benchmark has the figures."""
        with Resolver.open(policy) as resolver:
            taken = []
            for number in range(200):
                start = time.perf_counter()
                resolver.record_failure("layout", f"role_{number}")
                taken.append(time.perf_counter() - start)
        assert sorted(taken)[100] < 0.01

    def test_store_is_the_protocol(self, policy: Path) -> None:
        store = FileStore(LivePolicy(policy))
        assert store.standing(KEY).entry is None
        store.close()
