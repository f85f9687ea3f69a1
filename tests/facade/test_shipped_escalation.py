"""Outcomes count, escalate, reset or are ignored as the shipped rules say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.domain import Outcome
from tests.state.own import fail, own_policy

IGNORED = ["capacity", "outage", "auth", "not_found", "request", "filtered", "context"]
COUNTED = ["task", "tool", "an application's own", "", None]


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

    def test_escalation_of_more_than_one_step_says_why(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """The outcome, the log and the history name the rule and the phase that give the role more."""
        tiers = own_policy(tmp_path) / "model_tiers.yaml"
        text = tiers.read_text(encoding="utf-8").replace("    critic: general\n", "    critic: fast\n")
        text = text.replace("  phase_overrides:\n", "  phase_overrides:\n    planning: {critic: reasoning}\n")
        tiers.write_text(text, encoding="utf-8")
        with caplog.at_level(logging.INFO, "resolver"), Resolver.open(tiers.parent) as resolver:
            escalation = fail(resolver, "critic", 3)[2].escalation
            (event,) = resolver.history()
        assert escalation is not None
        assert event.reason == escalation.why
        shown = CliRunner().invoke(main, ["history", "--policies", str(tiers.parent)]).output
        assert f"by three_strikes, more than one step: {escalation.why}" in shown
        assert "`reasoning` in phase `planning`, by `phase_override` (" in escalation.why
        said = f"`layout:critic` escalated from fast to reasoning (three_strikes): {escalation.why}"
        assert said in messages(caplog, logging.INFO)

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
