"""What an outcome does, by the shipped policy: one test for each sentence of the rules, and what holds of all."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.domain import Outcome
from resolver.loader import shipped_policy
from resolver.testing.strategies import Json, yaml_text
from tests.small_policies import policy_data
from tests.state.own import STATE, fail, own_policy

IGNORED = ["capacity", "outage", "auth", "not_found", "request"]
COUNTED = ["task", "tool", "context", "an application's own", "", None]


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    with Resolver.open(own_policy(tmp_path)) as opened:
        yield opened


def effects(outcomes: list[Outcome]) -> list[tuple[str, int]]:
    return [(str(outcome.effect), outcome.strikes) for outcome in outcomes]


def messages(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


class TestTheShippedRules:
    def test_third_failure_escalates_and_the_fourth_begins_anew(self, resolver: Resolver) -> None:
        """`the third failure in a row escalates and the fourth is the first of a new streak`."""
        outcomes = fail(resolver, times=4)
        assert effects(outcomes) == [("count", 1), ("count", 2), ("escalate", 0), ("count", 1)]
        escalation = outcomes[2].escalation
        assert escalation is not None
        assert (escalation.from_tier, escalation.to_tier, escalation.rule) == ("general", "reasoning", "three_strikes")
        assert (escalation.triad, escalation.role, escalation.phase) == ("layout", "worker_a", None)
        assert [outcome.rule for outcome in outcomes] == ["failure", "failure", "three_strikes", "failure"]
        assert [outcome.escalation for outcome in (*outcomes[:2], outcomes[3])] == [None] * 3
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"

    def test_success_clears_the_streak_and_keeps_the_tier(self, resolver: Resolver) -> None:
        """`success clears the streak and keeps the tier`."""
        fail(resolver, times=5)
        assert effects([resolver.record_success("layout", "worker_a")]) == [("reset", 0)]
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"
        assert effects(fail(resolver)) == [("count", 1)]

    @pytest.mark.parametrize("kind", IGNORED)
    def test_failure_that_is_not_the_models_fault_is_ignored(self, resolver: Resolver, kind: str) -> None:
        fail(resolver, times=2)
        outcome = resolver.record_failure("layout", "worker_a", kind=kind)
        assert (outcome.effect, outcome.rule, outcome.strikes) == ("ignore", "not_the_models_fault", 2)
        assert fail(resolver)[0].effect == "escalate"

    @pytest.mark.parametrize("kind", COUNTED)
    def test_other_kinds_count(self, resolver: Resolver, kind: str | None) -> None:
        outcomes = [resolver.record_failure("layout", "worker_a", kind=kind) for _ in range(3)]
        assert [outcome.effect for outcome in outcomes] == ["count", "count", "escalate"]

    def test_code_execution_never_moves(self, resolver: Resolver, caplog: pytest.LogCaptureFixture) -> None:
        """`code_execution never escalates: its third failure is a hold`."""
        outcomes = fail(resolver, "code_execution", 7)
        assert [outcome.effect for outcome in outcomes] == ["count", "count", "hold", "count", "count", "hold", "count"]
        assert resolver.escalations() == {}
        for phase in (None, "execution", "planning"):
            assert resolver.resolve("layout", "code_execution", phase=phase).tier == "fast"
        assert messages(caplog, logging.WARNING) == []

    def test_third_failure_on_the_top_is_held_with_one_warning(
        self, resolver: Resolver, caplog: pytest.LogCaptureFixture
    ) -> None:
        """`a hold with one warning containing "already at highest tier"`, and the streak is 0 again."""
        outcomes = fail(resolver, "orchestrator", 4)
        assert effects(outcomes) == [("count", 1), ("count", 2), ("hold", 0), ("count", 1)]
        (warning,) = messages(caplog, logging.WARNING)
        assert "already at highest tier" in warning
        assert "layout:orchestrator" in warning
        (event,) = resolver.history()
        assert (event.what, event.from_tier, event.to_tier) == ("hold", "reasoning", None)

    def test_escalation_is_said_at_info(self, resolver: Resolver, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, "resolver"):
            fail(resolver, times=3)
        (said,) = messages(caplog, logging.INFO)
        assert said == "`layout:worker_a` escalated from general to reasoning (three_strikes)"

    def test_streak_crosses_phases(self, resolver: Resolver) -> None:
        """Three failures in three phases are one streak, and the highest tier that failed counts."""
        resolver.record_failure("layout", "worker_a", phase="execution")
        resolver.record_failure("layout", "worker_a", phase="")
        outcome = resolver.record_failure("layout", "worker_a", phase="execution")
        assert outcome.escalation is not None
        assert (outcome.escalation.from_tier, outcome.escalation.to_tier) == ("fast", "reasoning")
        assert outcome.escalation.phase == "execution"

    def test_raised_tier_is_not_below_what_another_phase_gets(self, resolver: Resolver) -> None:
        """Three failures on fast in one phase do not take away general in the others."""
        outcomes = [resolver.record_failure("layout", "worker_a", phase="execution") for _ in range(3)]
        assert outcomes[2].escalation is not None
        assert outcomes[2].escalation.to_tier == "general"
        assert resolver.resolve("layout", "worker_a").tier == "general"
        assert resolver.resolve("layout", "worker_a", phase="execution").tier == "general"

    def test_subjects_have_streaks_of_their_own(self, resolver: Resolver) -> None:
        fail(resolver, times=2)
        assert effects(fail(resolver, triad="motion")) == [("count", 1)]
        assert effects(fail(resolver, "worker_b")) == [("count", 1)]

    def test_nobody_is_listed_and_empty_names(self, resolver: Resolver) -> None:
        assert fail(resolver, "", 3, triad="")[-1].effect == "escalate"
        assert resolver.resolve("", "").tier == "reasoning"
        assert fail(resolver, "x", 3, triad="a:b")[-1].effect == "escalate"
        assert resolver.resolve("a:b", "x").tier == "reasoning"


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


ROLES = ["a", "b", "code_execution", "nobody"]
PHASES = ["p", "q", "other"]
TRIADS = ["", "t:u", "t"]


@st.composite
def row_policies(draw: st.DrawFn) -> Json:
    """The shipped rules over other rows: ladders, defaults, overrides, and entries that people wrote."""
    ladder = draw(
        st.lists(st.sampled_from(["fast", "general", "reasoning", "x", "y"]), min_size=1, max_size=5, unique=True)
    )
    ladder = ladder if "fast" in ladder else ["fast", *ladder]
    ladder = ladder if "general" in ladder else [*ladder, "general"]
    tier = st.sampled_from(ladder)
    rows = st.dictionaries(st.sampled_from(ROLES[:3]), tier, max_size=3)
    keys = st.builds("{}:{}".format, st.sampled_from(TRIADS), st.sampled_from(ROLES))
    return policy_data(
        {"any": {"pri": 1, "all": [{"m": {"$ex": {"role": 1}}}], "run": {"tier": "fast"}}},
        ladder=ladder,
        role_defaults=draw(rows),
        phase_overrides={phase: draw(rows) for phase in draw(st.lists(st.sampled_from(PHASES[:2]), unique=True))},
        escalation_state=draw(st.dictionaries(keys, tier, max_size=2)),
    )


def floor(policy: Json) -> Json:
    """The policy without entries that an author put below what the policy gives: those lower by a person's hand."""
    tables = policy["model_tiers"]
    rank = tables["ladder"].index
    kept = {}
    for key, tier in tables["escalation_state"].items():
        role = key.rpartition(":")[2]
        given = [tables["role_defaults"].get(role), *(rows.get(role) for rows in tables["phase_overrides"].values())]
        given = (
            [each for each in given if each] if tables["role_defaults"].get(role) else [*filter(None, given), "general"]
        )
        if all(rank(tier) >= rank(each) for each in given):
            kept[key] = tier
    return {**policy, "model_tiers": {**tables, "escalation_state": kept}}


steps = st.lists(
    st.tuples(
        st.sampled_from(["failure", "failure", "failure", "success", "restart"]),
        st.sampled_from(TRIADS[:2]),
        st.sampled_from(ROLES),
        st.sampled_from([None, *PHASES]),
        st.booleans(),
    ),
    max_size=25,
)


class TestNoDeEscalation:
    """`for every triad, role, phase and extra facts, no sequence of successes and failures ever lowers the tier a
    request gets`.
    """

    @settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
    @given(policy=row_policies(), taken=steps)
    def test_no_sequence_lowers(self, tmp_path_factory: pytest.TempPathFactory, policy: Json, taken: list[Any]) -> None:
        folder = tmp_path_factory.mktemp("rows")
        for file in shipped_policy().glob("*.yaml"):
            shutil.copy(file, folder)
        rows = yaml_text({"model_tiers": floor(policy)["model_tiers"]})
        (folder / STATE).write_text(rows, encoding="utf-8")
        rank = policy["model_tiers"]["ladder"].index
        resolver = Resolver.open(folder)
        before = self.tiers(resolver)
        decisions = {(t, r, p): resolver.resolve(t, r, phase=p) for t in TRIADS for r in ROLES for p in (None, *PHASES)}
        for step, triad, role, phase, stale in taken:
            if step == "restart":
                resolver.close()
                resolver = Resolver.open(folder)
            elif step == "success":
                resolver.record_success(triad, role, phase=phase)
            else:
                decision = decisions[triad, role, phase] if stale else resolver.resolve(triad, role, phase=phase)
                outcome = resolver.record_failure(triad, role, phase=phase, ran_on=decision)
                assert outcome.strikes < 3
                if outcome.escalation:
                    assert rank(outcome.escalation.to_tier) > rank(outcome.escalation.from_tier)
                    assert role != "code_execution"
            after = self.tiers(resolver)
            for request, tier in before.items():
                assert rank(after[request]) >= rank(tier), request
                assert request[1] != "code_execution" or after[request] == "fast"
            before = after
        resolver.close()

    @staticmethod
    def tiers(resolver: Resolver) -> dict[tuple[str, str, str | None], str]:
        return {
            (triad, role, phase): resolver.resolve(triad, role, phase=phase).tier
            for triad in TRIADS
            for role in ROLES
            for phase in (None, *PHASES)
        }
