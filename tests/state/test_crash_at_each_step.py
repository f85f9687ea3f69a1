"""Crashes at each step of an escalation leave either none of it or all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver import Resolver
from resolver.domain import Subject
from tests.state.own import STATE, fail, left_over, own_policy, python, take_out, whats

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
for key in "12":
    resolver.record_failure("layout", "worker_a", error="x", key=key)
armed = True
resolver.record_failure("layout", "worker_a", error="x", key="3")
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
    "LivePolicy entry_written before",
    "LivePolicy entry_written after",
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


class TestACrashAtEachStep:
    """`a kill at any step leaves history telling of exactly the escalations that happened […], never two steps from one
    streak, and lets a crash be told from a person's removal`.
    """

    @pytest.mark.slow
    @pytest.mark.parametrize("step", BEFORE_THE_SWAP)
    def test_before_the_swap_nothing_has_happened(self, step: str, policy: Path, again: Path) -> None:
        assert python(CRASH, step, policy).returncode == 9
        with Resolver.open(again) as resolver:
            assert resolver.history() == []
            assert resolver.escalations() == {}
            assert resolver.streaks()[KEY].strikes == 2
            assert left_over(policy) == []
            outcome = resolver.record_failure("layout", "worker_a", error="x", key="3")
            assert (outcome.effect, outcome.repeated) == ("escalate", False)
            assert resolver.escalations() == {KEY: "reasoning"}
            assert whats(resolver) == ["escalate"]

    @pytest.mark.slow
    @pytest.mark.parametrize("step", AFTER_THE_SWAP)
    def test_after_the_swap_it_has_happened_once(self, step: str, policy: Path, again: Path) -> None:
        assert python(CRASH, step, policy).returncode == 9
        with Resolver.open(again) as resolver:
            assert resolver.resolve("layout", "worker_a").tier == "reasoning"
            assert resolver.escalations() == {KEY: "reasoning"}
            assert whats(resolver) == ["escalate"]
            assert resolver.history()[0].errors == ("x", "x", "x")
            outcome = resolver.record_failure("layout", "worker_a", error="x", key="3")
            assert (outcome.effect, outcome.repeated, outcome.strikes) == ("escalate", True, 0)
            assert outcome.escalation is not None
            assert (outcome.escalation.from_tier, outcome.escalation.to_tier) == ("general", "reasoning")
            assert len(list(resolver.outcomes())) == 3
            assert resolver.streaks() == {}
            assert [outcome.strikes for outcome in fail(resolver, times=2)] == [1, 2]
            assert left_over(policy) == []

    @pytest.mark.slow
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
            assert resolver.record_failure("layout", "worker_a", key="3").repeated
            assert [outcome.strikes for outcome in fail(resolver)] == [1]
        assert caplog.text.count("was removed from") == 1

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
