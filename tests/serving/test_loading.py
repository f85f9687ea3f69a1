"""When a policy is loaded again, and when that is not needed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from resolver import Resolver
from resolver.domain import Policy, Subject
from resolver.serving.file_stamp import Stamp
from resolver.serving.files_read import FilesRead
from resolver.serving.proving import proven_as_saved
from resolver.state.journal import Journal
from resolver.state.journal_rows import NoticedEntry
from resolver.state.replace import Replacement
from resolver.table import DecisionTable, compile_table
from tests.serving.held import SECONDS, HeldProver, edit, opened
from tests.state.own import STATE, fail, own_policy, settled, take_out

BAD, GOOD = "$m: role_defalt", "$m: role_default"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


@pytest.mark.slow
def test_own_entries_are_no_news(policy: Path) -> None:
    """What this process writes while a policy is proven, or refused, makes it load nothing again."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        settled(resolver)
        edit(policy / "precedence.yaml", "pri: 30", "pri: 35")
        loads = prover.loads
        with prover.held(resolver):
            assert fail(resolver, times=3)[-1].effect == "escalate"
        assert prover.loads == loads + 1
        edit(policy / "precedence.yaml", GOOD, BAD)
        settled(resolver)
        assert fail(resolver, "worker_b", times=3)[-1].effect == "escalate"
        settled(resolver)
        assert prover.loads == loads + 2


def test_same_texts_are_not_proven_again(policy: Path) -> None:
    """Files that were saved without a change are read and no more."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        settled(resolver)
        loads, proofs = prover.loads, prover.proofs
        os.utime(policy / STATE, (10**9, 10**9))
        settled(resolver)
        assert (prover.loads, prover.proofs) == (loads + 1, proofs)


def test_old_file_in_the_place_of_a_bad_one(policy: Path) -> None:
    """A bad edit that is taken back by moving the old file there is forgotten, although nothing is loaded again."""
    rules, aside = policy / "precedence.yaml", policy / "precedence.old"
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        settled(resolver)
        rules.rename(aside)
        rules.write_text(aside.read_text(encoding="utf-8").replace(GOOD, BAD), encoding="utf-8")
        settled(resolver)
        assert resolver._live.refused
        aside.replace(rules)
        settled(resolver)
        assert not resolver._live.refused


def test_edit_during_a_proof_is_looked_at_right_after_it(policy: Path) -> None:
    """The next request starts to load it, and not one that comes a second later."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        settled(resolver)
        edit(policy / "precedence.yaml", "pri: 30", "pri: 35")
        prover.is_held = True
        resolver._live.poll()
        assert prover.begun.wait(SECONDS)
        edit(policy / "precedence.yaml", "pri: 35", "pri: 36")
        resolver._live.poll()
        assert resolver._live.next_poll > time.monotonic()
        prover.is_held = False
        prover.released.set()
        assert resolver._live._thread is not None
        resolver._live._thread.join(SECONDS)
        assert resolver._live.next_poll <= time.monotonic()


def test_person_who_saves_right_after_an_entry(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that is overwritten before its writer has taken it over, and loaded like that, does not come back."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        fail(resolver, times=2)
        settled(resolver)
        text, swap = (policy / STATE).read_text(encoding="utf-8"), Replacement.swap

        def overwritten(self: Replacement, old: bytes) -> Stamp | None:
            stamp = swap(self, old)
            (policy / STATE).write_text(text.replace("orchestrator: reasoning", "orchestrator: general"))
            settled(resolver)
            return stamp

        monkeypatch.setattr(Replacement, "swap", overwritten)
        fail(resolver)
        settled(resolver)
        assert resolver.escalations() == resolver.policy.model_tiers.escalation_state == {}
        assert resolver.resolve("layout", "worker_a").tier == "general"
        assert Subject("layout", "worker_a") in resolver.removed_entries()


def test_entry_that_is_written_while_the_files_are_read(policy: Path) -> None:
    """What was read without it is not taken for the file with it: a person who takes it out is noticed."""

    class Escalating(HeldProver):
        def load(self, path: Path) -> Policy:
            found = super().load(path)
            if self.is_held:
                self.is_held = False
                assert fail(resolver)[-1].effect == "escalate"
            return found

    prover = Escalating()
    with opened(policy, prover) as resolver:
        fail(resolver, times=2)
        settled(resolver)
        prover.is_held = True
        resolver.reload()
        assert not prover.is_held
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"
        take_out(policy)
        settled(resolver)
        assert Subject("layout", "worker_a") in resolver.removed_entries()


def test_entry_that_comes_and_goes_before_the_files_are_read(policy: Path) -> None:
    """What the files say is not overruled by an entry that a person has taken out before they were read."""

    class Changing(HeldProver):
        def load(self, path: Path) -> Policy:
            if self.is_held:
                self.is_held = False
                assert fail(resolver)[-1].effect == "escalate"
                take_out(policy)
            return super().load(path)

    prover = Changing()
    with opened(policy, prover) as resolver:
        fail(resolver, times=2)
        settled(resolver)
        prover.is_held = True
        resolver.reload()
        assert not prover.is_held
        assert resolver.resolve("layout", "worker_a").tier == "general"
        assert Subject("layout", "worker_a") in resolver.removed_entries()


@pytest.mark.slow
def test_entry_that_is_written_after_the_files_are_read(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in force before, between and after the two times at which a policy of the same revision is published."""
    pending = ["escalate"]

    def escalating(*arguments: Any) -> DecisionTable:
        table = compile_table(*arguments)
        if pending:
            pending.clear()
            assert fail(resolver)[-1].effect == "escalate"
        return table

    with Resolver.open(policy) as resolver:
        fail(resolver, times=2)
        settled(resolver)
        rules = policy / "precedence.yaml"
        rules.write_text(f"{rules.read_text(encoding='utf-8')}# only a comment is new\n", encoding="utf-8")
        monkeypatch.setattr("resolver.serving.live_policy.compile_table", escalating)
        resolver.reload()
        assert not pending
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"


def test_text_that_is_not_proven_is_looked_through_once(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports do not look through all of the history again and again while a policy is proven."""
    prover, looks, known = HeldProver(), 0, Journal.known

    def counted(self: Journal) -> dict[Subject, NoticedEntry]:
        nonlocal looks
        looks += 1
        return known(self)

    with opened(policy, prover) as resolver:
        fail(resolver)
        settled(resolver)
        edit(policy / STATE, "orchestrator: reasoning", "orchestrator: general")
        monkeypatch.setattr(Journal, "known", counted)
        with prover.held(resolver):
            fail(resolver, "peer_1", times=2)
            fail(resolver, "peer_2", times=2)
            assert looks == 1


def test_a_policy_that_stays_open_for_writing_is_read_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be half saved: nobody should take its errors for those of the policy without a word."""
    monkeypatch.setattr(FilesRead, "wait_for_save", lambda _: False)
    assert proven_as_saved(own_policy(tmp_path))[0].policy.model_tiers.ladder.tiers
    assert "is still open for writing in another program; it is read as it is" in caplog.text
