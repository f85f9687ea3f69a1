"""Recorded outcomes belong to the decision that they ran on, enter the history, and never block an event loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from resolver import Resolver, ResolverError
from resolver.domain import Outcome
from tests.state.own import fail, own_policy


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    with Resolver.open(own_policy(tmp_path)) as opened:
        yield opened


class TestRanOn:
    """`failures of work begun before an escalation do not count against the new tier`."""

    def test_six_parallel_failures_are_one_step(self, resolver: Resolver) -> None:
        decision = resolver.resolve("layout", "worker_a", phase="execution")
        outcomes: list[Outcome] = []

        def work() -> None:
            outcomes.append(resolver.record_failure("layout", "worker_a", phase="execution", ran_on=decision))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(str(outcome.effect) for outcome in outcomes) == [*["count"] * 2, "escalate", *["ignore"] * 3]
        assert {outcome.rule for outcome in outcomes if outcome.effect == "ignore"} == {None}
        assert resolver.streaks() == {}
        assert resolver.resolve("layout", "worker_a", phase="execution").tier == "general"

    def test_old_success_does_not_end_a_new_streak(self, resolver: Resolver) -> None:
        old = resolver.resolve("layout", "worker_a")
        fail(resolver, times=4)
        outcome = resolver.record_success("layout", "worker_a", ran_on=old)
        assert (outcome.effect, outcome.strikes) == ("ignore", 1)
        assert outcome.because == "The work ran on another tier than reasoning, on which the request would run now."

    def test_decision_in_force_counts(self, resolver: Resolver) -> None:
        for expected in ("count", "count", "escalate", "count"):
            decision = resolver.resolve("layout", "worker_a")
            assert resolver.record_failure("layout", "worker_a", ran_on=decision).effect == expected


class TestWhatIsKept:
    def test_history_tells_all(self, resolver: Resolver) -> None:
        errors: list[BaseException | str] = [ValueError("no plan"), "x" * 900, "Authorization: Bearer abcdef1234567890"]
        for error in errors:
            resolver.record_failure("layout", "worker_a", phase="execution", kind="task", error=error)
        (event,) = resolver.history()
        assert event.errors[0] == "no plan"
        assert (len(event.errors[1]), event.errors[1][-1]) == (500, "…")
        assert "abcdef" not in event.errors[2]
        assert (event.what, event.phase, event.kind, event.rule) == ("escalate", "execution", "task", "three_strikes")
        assert (event.from_tier, event.to_tier, event.revision) == ("fast", "general", resolver.policy.revision)
        assert event.time.utcoffset() is not None
        assert not event.time.utcoffset()
        assert event.process.endswith(f":{os.getpid()}")

    def test_error_without_words_has_the_name_of_its_type(self, resolver: Resolver) -> None:
        for _ in range(3):
            resolver.record_failure("layout", "worker_a", error=TimeoutError())
        assert resolver.history()[0].errors == ("TimeoutError",) * 3


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("triad", "role", "more", "why"),
        [
            ("layout", "a:b", {}, "has a colon"),
            ("layout", 7, {}, "a role is text"),
            (None, "worker_a", {}, "a triad is text"),
            ("layout", "worker_a", {"phase": 3}, "a phase is text"),
            ("layout", "worker_a", {"kind": 3}, "a kind is text"),
            ("layout", "worker_a", {"kind": "\0"}, "NUL"),
            ("lay\udc80out", "worker_a", {}, "surrogate"),
            ("x" * 2000, "worker_a", {}, "longer than"),
            ("\x85" * 400, "worker_a", {}, "longer than 1,000 characters"),
            ("é" * 508, "worker_a", {}, "longer than 1,022 bytes"),
            ("😀" * 254, "worker_a", {}, "longer than 1,022 bytes"),
            ("layout", "worker_a", {"phase": "é" * 600}, "longer than"),
            ("layout", "worker_a", {"facts": {"preset": "x"}}, "declares no fact `preset`"),
        ],
    )
    def test_bad_names_and_facts(self, resolver: Resolver, triad: Any, role: Any, more: Any, why: str) -> None:
        with pytest.raises(ResolverError, match=why):
            resolver.record_failure(triad, role, **more)
        assert resolver.streaks() == {}

    def test_shipped_policy_is_read_only(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with Resolver.open() as shipped, pytest.raises(ResolverError, match="resolver init"):
            shipped.record_failure("layout", "worker_a")

    def test_names_of_a_person_are_checked_too(self, resolver: Resolver) -> None:
        for call in (resolver.lower, resolver.restore):
            with pytest.raises(ResolverError, match="surrogate"):
                call("lay\udc80out", "worker_a")
        fail(resolver, times=3)
        with pytest.raises(ResolverError, match="surrogate"):
            resolver.lower("layout", "worker_a", reason="\udc80")


class TestAsync:
    def test_outcomes_do_not_block_the_loop(self, tmp_path: Path) -> None:
        """While the disk's lock is held, the loop goes on."""
        policy = own_policy(tmp_path)

        async def main() -> tuple[int, list[Outcome]]:
            with Resolver.open(policy) as resolver:
                lock = FileLock(policy / ".resolver.lock")
                lock.acquire()
                reports = [asyncio.create_task(resolver.arecord_failure("layout", "worker_a")) for _ in range(3)]
                reports.append(asyncio.create_task(resolver.arecord_success("layout", "worker_b")))
                turns = 0
                for _ in range(20):
                    await asyncio.sleep(0.005)
                    turns += not any(report.done() for report in reports)
                lock.release()
                return turns, list(await asyncio.gather(*reports))

        turns, outcomes = asyncio.run(main())
        assert turns == 20
        assert sorted(str(outcome.effect) for outcome in outcomes) == ["count", "count", "escalate", "reset"]
