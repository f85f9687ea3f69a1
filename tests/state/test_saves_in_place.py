"""Escalations wait while another program saves the policy file in place."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.serving import LivePolicy, PolicyText
from resolver.serving import quiet_file as quiet_module
from resolver.serving.quiet_file import Quiet
from resolver.state import FileStore
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

    @pytest.mark.slow
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
                patch.setattr(
                    LivePolicy, "check_files", lambda _self: None
                )  # the thread that would load it never starts
                with patience(0.8), pytest.raises(ResolverError, match="else now, which has not been proven yet"):
                    fail(resolver)
            assert state.read_text() == text
            settled(resolver)
            assert fail(resolver)[0].effect == "escalate"

    @pytest.mark.slow
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

    @pytest.mark.slow
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

    @pytest.mark.slow
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

    @pytest.mark.slow
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
