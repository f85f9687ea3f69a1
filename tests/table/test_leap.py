"""An escalation of more than one step says why: the rule and the phase that give the role more, or the streak."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.diagnostics import ResolverError
from resolver.domain import EffectKind, Standing, Streak, Subject
from resolver.table import DecisionTable, Report, compile_table, judge_outcome
from resolver.testing.strategies import Json
from tests import oracle
from tests.prover.brute import Circumstances
from tests.prover.small import small_policies
from tests.small_policies import ALWAYS, loaded, policy_data

LADDER = ["one", "two", "three", "four"]


def rule(pri: int, condition: Json, run: Any) -> Json:
    return {"pri": pri, "all": [{"m": condition}], "run": run}


def table(folder: Path, target: Any = None, more: Json | None = None, **tables: Any) -> DecisionTable:
    """A table in which the first failure escalates; without a row a role runs on the lowest tier."""
    held = {
        name: rule(pri, {"$ex": {name: 1}}, {"tier": {"$m": name}})
        for pri, name in ((20, "escalated_tier"), (30, "phase_override"), (40, "role_default"))
    }
    tier = {**(more or {}), **held, "last": rule(50, {"$ex": {"role": 1}}, {"tier": "one"})}
    escalates = rule(2, {"$ex": {"raised_tier": 1}}, {"escalate_to": target or {"$m": "raised_tier"}})
    outcome = {
        "good": rule(1, {"result": "success"}, "reset"),
        "up": escalates,
        "held": rule(3, ALWAYS, "hold"),
    }
    data = policy_data(tier, outcome, {"size": {"values": ["s", "l"]}}, ladder=LADDER, **tables)
    return compile_table(loaded(folder, data))


def why(decisions: DecisionTable, role: str = "a", entry: str | None = None, failed: str | None = None) -> str:
    """Let a request without a phase fail, and return why it escalates more than one step."""
    streak = Streak(1, failed, entry) if failed else None
    report = Report(Subject("t", role), None, {}, failed=True)
    decided = judge_outcome(decisions, report, Standing(entry, streak))
    assert decided.effect is EffectKind.ESCALATE
    return decided.why


def named(name: str, condition: Json, tier: str) -> Json:
    return {name: rule(10, condition, {"tier": tier})}


def test_an_override_elsewhere_is_named(tmp_path: Path) -> None:
    """The phase, and the rule with its file and line."""
    decisions = table(tmp_path, phase_overrides={"plan": {"a": "three"}})
    place = next(rule.place for rule in decisions.tier.rules if rule.name == "phase_override")
    assert why(decisions) == f"the role gets `three` in phase `plan`, by `phase_override` ({place})"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (named("plans", {"phase": "plan"}, "three"), "in phase `plan`, by `plans` ("),
        (named("phased", {"$ex": {"phase": 1}}, "four"), "in any other phase, by `phased` ("),
        (named("large", {"size": "l"}, "three"), "without a phase, with size `l`, by `large` ("),
        (
            named("both", {"$and": [{"size": "s"}, {"phase": "plan"}]}, "three"),
            "in phase `plan`, with size `s`, by `both` (",
        ),
        (named("two_up", {"phase": "plan"}, "two"), ""),
        (named("of_another", {"$and": [{"role": "b"}, {"phase": "plan"}]}, "four"), ""),
    ],
)
def test_a_rule_elsewhere_is_named(tmp_path: Path, more: Json, words: str) -> None:
    """A rule about a phase or an extra fact; nothing is said of one step, and nothing of other roles."""
    said = why(table(tmp_path, more=more))
    assert words in said if words else not said


def test_a_default_counts_for_a_lower_entry(tmp_path: Path) -> None:
    """A person wrote an entry below the default, which the escalation may not be below."""
    said = why(table(tmp_path, role_defaults={"a": "four"}), entry="one")
    assert said.startswith("without its escalation, the role gets `four` without a phase, by `role_default` (")


def test_the_streak_counts(tmp_path: Path) -> None:
    """A streak crosses phases: the tier that failed before is higher than that which failed last."""
    assert why(table(tmp_path), failed="two") == "`two` also failed in this streak"


def test_streak_and_phase_both_count(tmp_path: Path) -> None:
    """Both are named."""
    said = why(table(tmp_path, phase_overrides={"plan": {"a": "four"}}), failed="two")
    assert said.startswith("`two` also failed in this streak; the role gets `four` in phase `plan`")


@pytest.mark.parametrize("target", ["four", {"$m": "next_tier"}])
def test_a_rule_that_names_the_tier_needs_no_reason(tmp_path: Path, target: Any) -> None:
    """The tier is in the rule, which the outcome names."""
    assert not why(table(tmp_path, target, phase_overrides={"plan": {"a": "three"}}))


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(small_policies(), st.data())
def test_a_reason_is_given_exactly_for_more_than_one_step(policy: Json, data: st.DataObject) -> None:
    """Of escalations to `raised_tier` in random policies; the tier named is one that the role gets elsewhere."""
    with TemporaryDirectory() as folder:
        decisions = compile_table(loaded(Path(folder), policy))
    around, ladder = Circumstances(policy), oracle.ladder(policy)
    triad, role = data.draw(st.sampled_from(around.triads)), data.draw(st.sampled_from(around.roles))
    for phase in around.phases:
        for extra in around.extras:
            entry, failed = (data.draw(st.sampled_from([None, *ladder])) for _ in range(2))
            streak = Streak(around.most_strikes, failed, entry) if failed else None
            report = Report(Subject(triad, role), phase, dict(extra), failed=True)
            try:
                decided = judge_outcome(decisions, report, Standing(entry, streak))
            except ResolverError:
                continue
            steps = ladder.index(decided.to_tier) - ladder.index(decided.in_force) if decided.to_tier else 0
            raised = decided.rule is not None and decided.rule.effect.referred_fact == "raised_tier"
            assert bool(decided.why) == (raised and steps > 1), decided
            if "the role gets" in decided.why:
                assert decided.to_tier in oracle.unescalated_tiers(policy, triad, role)
