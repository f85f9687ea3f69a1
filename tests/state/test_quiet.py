"""What this program did not write itself is written into only when it is whole: quiet, closed and proven."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.serving import LivePolicy, PolicyText
from resolver.serving import quiet_file as quiet_module
from resolver.serving.quiet_file import NotNowError, OpenForWritingError, Quiet, ReadLease, is_open_for_writing
from resolver.state import FileStore
from resolver.state import replace as replace_module
from resolver.state.replace import Replacement, exchange
from tests.state.own import STATE, fail, left_over, own_policy, patience, settled

KEY = Subject("layout", "worker_a")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


@contextmanager
def refused(match: str) -> Iterator[None]:
    """The block raises ResolverError, and is not waited for long."""
    with patience(0.3), pytest.raises(ResolverError, match=match):
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"old\n")
    return path


class TestSavingInPlace:
    """`Never write into a file that is being saved`: an editor empties the file, and writes it in parts."""

    @pytest.mark.parametrize("share", [0, 0.05, 0.3, 0.62, 0.8, 0.99])
    def test_the_rest_of_a_save_arrives(self, share: float, policy: Path) -> None:
        """A report that would escalate in between is refused, keeps its streak, and the next one escalates."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            whole = state.read_text()
            part = int(len(whole) * share)
            with state.open("w") as editor:
                editor.write(whole[:part])
                editor.flush()
                with refused("is open for writing in another program; the entry was not written: try again"):
                    fail(resolver)
                editor.write(whole[part:] + "# the last line\n")
            assert state.read_text() == whole + "# the last line\n"
            settled(resolver)
            assert (resolver.history(), resolver.streaks()[KEY].strikes) == ([], 2)
            time.sleep(quiet_module.QUIET_SECONDS)
            assert fail(resolver)[0].effect == "escalate"
            assert state.read_text().endswith("# the last line\n")
        assert left_over(policy) == []

    @pytest.mark.parametrize("share", [0, 0.3, 0.62, 0.8])
    def test_a_save_that_ends_in_time_is_waited_for(self, share: float, policy: Path) -> None:
        """The report returns when its entry is in the file that the editor has saved."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            whole = state.read_text()
            part = int(len(whole) * share)
            editor = state.open("w")
            editor.write(whole[:part])
            editor.flush()

            def finish() -> None:
                editor.write(whole[part:] + "# the last line\n")
                editor.close()

            timer = threading.Timer(0.3, finish)
            timer.start()
            assert fail(resolver)[0].effect == "escalate"
            timer.join()
            assert state.read_text().endswith("# the last line\n")
            assert resolver.escalations() == {KEY: "reasoning"}

    def test_failures_count_while_a_file_is_saved(self, policy: Path) -> None:
        """Counting needs nothing of the file, however little of it is there, and a streak is not taken for over."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, "worker_b", 3)
            fail(resolver, "worker_b", 1)
            whole = state.read_text()
            with state.open("w") as editor:
                editor.write(whole[: whole.index("escalation_state")])
                editor.flush()
                with refused("open for writing"):
                    fail(resolver, "peer_1", 3)
                assert resolver.streaks()[Subject("layout", "peer_1")].strikes == 2
                editor.write(whole[whole.index("escalation_state") :])
            settled(resolver)
            assert resolver.removed_entries() == {}
            assert resolver.escalations() == {Subject("layout", "worker_b"): "reasoning"}

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4), how=st.sampled_from(["wb", "r+b"]))
    def test_whatever_the_parts_the_file_is_whole(
        self, tmp_path_factory: pytest.TempPathFactory, cuts: list[float], how: str
    ) -> None:
        """At every cut a report is refused, and at the end the file says what its author wrote."""
        policy = own_policy(tmp_path_factory.mktemp("parts"))
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            whole = state.read_bytes() + b"# mine\n"
            at = 0
            with state.open(how) as editor:
                for cut in sorted(int(len(whole) * cut) for cut in cuts):
                    editor.write(whole[at:cut])
                    editor.flush()
                    at = cut
                    with patience(0), pytest.raises(ResolverError, match="the entry was not written"):
                        fail(resolver)
                editor.write(whole[at:])
            assert state.read_bytes() == whole

    def test_another_policy_is_proven_before_it_is_written_into(
        self, policy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that nobody writes any more, but that says something else: first it is loaded."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            settled(resolver)
            text = state.read_text().replace("orchestrator: reasoning", "orchestrator: general")
            state.write_text(text)
            with monkeypatch.context() as patch:
                patch.setattr(LivePolicy, "notice", lambda _self: None)  # the thread that would load it never starts
                with patience(0.8), pytest.raises(ResolverError, match="else now, which has not been proven yet"):
                    fail(resolver)
            assert state.read_text() == text
            settled(resolver)
            assert fail(resolver)[0].effect == "escalate"

    def test_a_refused_policy_is_not_written_into(self, policy: Path) -> None:
        """What does not load may be half of what its author wants to say."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            whole = state.read_text()
            state.write_text(whole.replace("reasoning:", "reasonign:", 1))
            settled(resolver)
            time.sleep(quiet_module.QUIET_SECONDS)
            with refused("is refused as it is now; `resolver check` shows why"):
                fail(resolver)
            state.write_text(whole)
            settled(resolver)
            time.sleep(quiet_module.QUIET_SECONDS)
            assert fail(resolver)[0].effect == "escalate"

    def test_waiting_for_a_refused_policy_takes_few_looks(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A report does not take the lock again and again while nothing changes."""
        state, looks, whole = policy / STATE, 0, FileStore._whole

        def counted(self: FileStore, quiet: Quiet) -> PolicyText:
            nonlocal looks
            looks += 1
            return whole(self, quiet)

        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            state.write_text(state.read_text().replace("reasoning:", "reasonign:", 1))
            settled(resolver)
            time.sleep(quiet_module.QUIET_SECONDS)
            monkeypatch.setattr(FileStore, "_whole", counted)
            with patience(1), pytest.raises(ResolverError, match="is refused as it is now"):
                fail(resolver)
        assert looks < 250

    def test_its_own_writes_are_not_waited_for(self, policy: Path) -> None:
        """What a process of this program wrote is whole: the next entry follows at once, in any process."""
        time.sleep(quiet_module.QUIET_SECONDS)
        with patience(0), Resolver.open(policy) as resolver, Resolver.open(policy) as other:
            for number in range(5):
                assert fail(resolver, f"role_{number}", 3)[-1].effect == "escalate"
                assert fail(other, f"other_{number}", 3)[-1].effect == "escalate"

    def test_a_half_that_stays_open_is_not_put_in_force(self, policy: Path, caplog: pytest.LogCaptureFixture) -> None:
        """However long its writer takes: no entry is removed, no streak ends, and a warning says why."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            fail(resolver, "worker_b", times=1)
            whole = state.read_text()
            with state.open("w") as editor:
                editor.write(whole[: whole.index("  escalation_state:")])
                editor.flush()
                assert not resolver._live.settle(3.5)
                assert "is open for writing in another program" in caplog.text
                assert (resolver.escalations(), resolver.resolve(KEY.triad, KEY.role).tier) == (
                    {KEY: "reasoning"},
                    "reasoning",
                )
                assert list(resolver.streaks()) == [Subject("layout", "worker_b")]
                editor.write(whole[whole.index("  escalation_state:") :])
            settled(resolver)
            assert fail(resolver, "worker_b", times=2)[-1].effect == "escalate"
            assert [event.what for event in resolver.history()] == ["escalate", "escalate"]

    def test_a_half_that_was_open_when_it_was_loaded_removes_nothing(self, policy: Path) -> None:
        """A program that starts meanwhile has no other policy; what the half says is no news of entries."""
        state = policy / STATE
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            fail(resolver, "worker_b", times=1)
        whole = state.read_text()
        with state.open("w") as editor:
            editor.write(whole[: whole.index("  escalation_state:")])
            editor.flush()
            with Resolver.open(policy) as resolver:
                assert resolver.escalations() == {KEY: "reasoning"}
                assert (resolver.removed_entries(), len(resolver.streaks())) == ({}, 1)
                editor.write(whole[whole.index("  escalation_state:") :])
                editor.close()
                settled(resolver)
                assert resolver.escalations() == {KEY: "reasoning"}
                assert [event.what for event in resolver.history()] == ["escalate"]


class TestQuiet:
    """`unchanged for a stated time (size, mtime, ctime, inode)`."""

    def test_a_new_file_is_not_quiet(self, file: Path) -> None:
        assert 0 < Quiet().seconds_left(file) <= quiet_module.QUIET_SECONDS

    def test_an_old_file_is_quiet_at_first_sight(self, file: Path) -> None:
        time.sleep(quiet_module.QUIET_SECONDS)
        assert Quiet().seconds_left(file) == 0

    def test_an_old_time_of_change_that_was_set_by_hand_does_not_make_it_quiet(self, file: Path) -> None:
        """`cp -p`, `rsync -t` and `tar` set the time that a file was modified; that of its change nobody can."""
        os.utime(file, (10**9, 10**9))
        assert Quiet().seconds_left(file) > 0

    def test_a_file_of_the_future_is_quiet_once_it_was_watched(self, file: Path) -> None:
        os.utime(file, (4 * 10**9, 4 * 10**9))
        quiet = Quiet()
        assert quiet.seconds_left(file) > 0
        time.sleep(quiet_module.QUIET_SECONDS)
        assert quiet.seconds_left(file) == 0

    @pytest.mark.parametrize(
        "change",
        [
            lambda file: file.write_bytes(b"new\n"),
            lambda file: file.chmod(0o600),
            os.utime,
            lambda file: file.with_name("other").write_bytes(b"old\n") and file.with_name("other").replace(file),
        ],
    )
    def test_every_change_begins_the_wait_anew(self, change: Callable[[Path], object], file: Path) -> None:
        time.sleep(quiet_module.QUIET_SECONDS)
        quiet = Quiet()
        assert quiet.seconds_left(file) == 0
        change(file)
        assert quiet.seconds_left(file) > 0

    def test_where_the_system_cannot_tell_the_wait_is_longer(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quiet_module, "_LEASES", ("F_NOTHING",))
        time.sleep(quiet_module.QUIET_SECONDS)
        assert quiet_module.QUIET_SECONDS_BLIND - 1 < Quiet().seconds_left(file) <= quiet_module.QUIET_SECONDS_BLIND

    def test_a_file_that_is_gone_is_not_quiet(self, file: Path) -> None:
        file.unlink()
        with pytest.raises(NotNowError, match="is not there"):
            Quiet().seconds_left(file)

    def test_a_reader_is_no_writer(self, file: Path) -> None:
        with file.open("rb"):
            assert not is_open_for_writing(file)
        with file.open("ab"):
            assert is_open_for_writing(file)
        with file.open("r+b"), pytest.raises(OpenForWritingError, match="is open for writing in another program"):
            ReadLease(file)

    def test_who_opens_it_meanwhile_waits_and_is_seen(self, file: Path) -> None:
        """The signal that the system sends to the holder ends no process."""
        with ReadLease(file) as lease:
            assert not lease.broken
            thread = threading.Thread(target=lambda: file.write_bytes(b"new\n"))
            thread.start()
            end = time.monotonic() + 10
            while not lease.broken and time.monotonic() < end:
                time.sleep(0.01)
            assert lease.broken
            assert file.read_bytes() == b"old\n"
        thread.join(10)
        assert file.read_bytes() == b"new\n"

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_child_does_not_keep_a_lease(self, file: Path) -> None:
        """A fork copies the descriptor; who wants to write does not wait for the child."""
        lease = ReadLease(file)
        child = os.fork()
        if child == 0:
            time.sleep(2)
            os._exit(0)
        lease.release()
        os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
        os.waitpid(child, 0)


class TestTheLastMoment:
    """A save between the last look and the exchange of the names, of some microseconds, is put back."""

    def swap_while(self, file: Path, save: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
        new = Replacement(file, b"ours\n")

        def saved_before(first: Path, second: Path) -> bool:
            monkeypatch.setattr(replace_module, "exchange", exchange)
            save()
            return exchange(first, second)

        monkeypatch.setattr(replace_module, "exchange", saved_before)
        with pytest.raises(NotNowError, match=r"just now"):
            new.swap(b"old\n")
        new.discard()
        assert left_over(file.parent) == []

    def test_a_file_that_was_renamed_over_it_stays(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def save() -> None:
            (file.parent / "draft").write_bytes(b"theirs\n")
            (file.parent / "draft").replace(file)

        self.swap_while(file, save, monkeypatch)
        assert file.read_bytes() == b"theirs\n"

    def test_what_was_opened_for_writing_stays(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its writer waits for the lease, and then writes into the file that has its name again."""
        thread = threading.Thread(target=lambda: file.write_bytes(b"theirs\n"))

        def save() -> None:
            thread.start()
            time.sleep(0.2)

        self.swap_while(file, save, monkeypatch)
        thread.join(10)
        assert file.read_bytes() == b"theirs\n"

    def test_a_file_that_was_renamed_over_ours_while_it_was_put_back_stays(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The latest save is the one that is in place."""

        def save_as(content: bytes) -> None:
            (file.parent / "draft").write_bytes(content)
            (file.parent / "draft").replace(file)

        back = replace_module.put_back

        def saved_again(new: Path, path: Path, inode: int) -> None:
            save_as(b"the latest\n")
            back(new, path, inode)

        monkeypatch.setattr(replace_module, "put_back", saved_again)
        self.swap_while(file, lambda: save_as(b"theirs\n"), monkeypatch)
        assert file.read_bytes() == b"the latest\n"

    def test_where_names_cannot_be_exchanged_the_file_is_replaced(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replace_module, "_renameat2", lambda: None)
        Replacement(file, b"ours\n").swap(b"old\n")
        assert file.read_bytes() == b"ours\n"
        new = Replacement(file, b"again\n")
        with pytest.raises(NotNowError, match="was saved just now"):
            new.swap(b"something else\n")
        new.discard()
        assert file.read_bytes() == b"ours\n"

    def test_a_directory_that_cannot_be_synced_undoes_it(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An escalation is acknowledged only when a power cut cannot take it back."""
        new, synced = Replacement(file, b"ours\n"), replace_module.sync_directory

        def fails(path: Path) -> None:
            monkeypatch.setattr(replace_module, "sync_directory", synced)
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(replace_module, "sync_directory", fails)
        with pytest.raises(ResolverError, match="Input/output error; nothing was changed"):
            new.swap(b"old\n")
        new.discard()
        assert file.read_bytes() == b"old\n"
        assert left_over(file.parent) == []


def test_a_change_of_the_same_size_and_time_is_noticed(policy: Path) -> None:
    """An editor that keeps the time of a file changes the time of its change."""
    with Resolver.open(policy) as resolver:
        settled(resolver)
        time.sleep(0.2)
        state = policy / STATE
        found = state.stat()
        with state.open("r+b") as editor:
            text = editor.read()
            editor.seek(0)
            editor.write(text.replace(b"orchestrator: reasoning", b"orchestrator: general  "))
        os.utime(state, ns=(found.st_atime_ns, found.st_mtime_ns))
        assert state.stat().st_size == found.st_size
        settled(resolver)
        assert resolver.resolve("layout", "orchestrator").tier == "general"
