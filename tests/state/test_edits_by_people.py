"""Entries that a person removes, restores or edits stay as that person left them."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.serving.quiet_file import NotNowError
from resolver.state.replace import Replacement
from tests.state.own import STATE, fail, left_over, own_policy, patience, python, settled, take_out, whats

KEY = Subject("layout", "worker_a")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


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
        assert caplog.text.count("was removed from") == 1

    @pytest.mark.slow
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

    @pytest.mark.slow
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
                ResolverError, match="no entry of `layout:worker_a` was removed from the file or lowered"
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

    @pytest.mark.slow
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

    @pytest.mark.slow
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

    @pytest.mark.slow
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
