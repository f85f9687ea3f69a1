"""A fact that is not given is none: a policy that loads decides every request and every outcome."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from resolver.diagnostics import Level
from resolver.domain import Standing, Streak, Subject
from resolver.prover import prove
from resolver.table import DecisionTable, Report, compile_table, judge_outcome
from resolver.testing import strategies
from resolver.testing.strategies import Json
from tests import oracle
from tests.oracle import Facts
from tests.prover.brute import Circumstances
from tests.prover.small import small_policies
from tests.small_policies import ALWAYS, loaded, policy_data

TIERS = ["fast", "general", "reasoning"]
URGENT, WISH, BUDGET = {"urgent": {"values": ["yes"]}}, {"wish": {"values": TIERS}}, {"budget": {"integer": True}}
DOMAINS: Json = {**URGENT, **WISH, **BUDGET, "size": {"values": ["s", "l"]}}
VALUES = {fact: st.sampled_from(domain.get("values", [3])) for fact, domain in DOMAINS.items()}
EXAMPLES = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 50
WISHED = {"tier": {"$m": "wish"}}
ORDERS: dict[str, Json] = {
    "the guard first": {**URGENT, **WISH},
    "the target first": {**WISH, **URGENT},
    "an integer first": {**BUDGET, **URGENT, **WISH},
    "an integer last": {**WISH, **URGENT, **BUDGET},
}
GUARDS: dict[str, Json] = {
    "or another fact": {"$or": [{"urgent": "yes"}, {"$ex": {"wish": 1}}]},
    "another fact alone": {"$ex": {"urgent": 1}},
    "not the other way": {"$nex": {"urgent": 1}},
    "an unequal other fact": {"$or": [{"$neq": {"wish": "fast"}}, {"urgent": "yes"}]},
    "two other facts": {"$or": [{"$and": [{"urgent": "yes"}, {"$gte": {"budget": 3}}]}, {"$ex": {"wish": 1}}]},
    "a number": {"$or": [{"$lt": {"budget": 3}}, {"$ex": {"wish": 1}}]},
    "one number": {"$or": [{"budget": 3}, {"$ex": {"wish": 1}}]},
    "another number": {"$or": [{"$neq": {"budget": 3}}, {"$ex": {"wish": 1}}]},
    "a fact that is there": {"$or": [{"$ex": {"budget": 1}}, {"$ex": {"wish": 1}}]},
}


def rule(pri: int, condition: Json, run: Any) -> Json:
    return {"pri": pri, "all": [{"m": condition}], "run": run}


def wishing(facts: Json, guard: Json, ruleset: str) -> Json:
    """A policy in which a rule of `ruleset` takes the tier that is wished for, under a guard."""
    tier, outcome = {"other": rule(90, ALWAYS, {"tier": "fast"})}, {"other": rule(90, ALWAYS, "ignore")}
    if ruleset == "tier":
        tier = {"wished": rule(10, guard, WISHED), **tier}
    else:
        condition = {"$and": [{"result": "failure"}, guard]}
        outcome = {"wished": rule(10, condition, {"escalate_to": {"$m": "wish"}}), **outcome}
    return policy_data(tier, outcome, {**facts, **BUDGET}, role_defaults={"worker": "fast"})


@pytest.mark.parametrize("ruleset", ["tier", "outcome"])
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("order", ORDERS)
def test_an_absent_target_is_found(tmp_path: Path, order: str, guard: str, ruleset: str) -> None:
    """`dangling`, in whatever order the facts are declared, whatever stands in the place of the guard."""
    table = compile_table(loaded(tmp_path, wishing(ORDERS[order], GUARDS[guard], ruleset)))
    assert "dangling" in {found.code for found in prove(table).diagnostics}


@pytest.mark.parametrize("ruleset", ["tier", "outcome"])
@pytest.mark.parametrize("guard", [{"$ex": {"wish": 1}}, {"$neq": {"wish": "fast"}}, {"wish": TIERS}])
@pytest.mark.parametrize("order", ORDERS)
def test_a_target_that_is_there_is_not(tmp_path: Path, order: str, guard: Json, ruleset: str) -> None:
    """Any comparison with a fact says that it is there."""
    condition = {"$and": [{"$or": [{"urgent": "yes"}, {"$ex": {"role": 1}}]}, guard]}
    table = compile_table(loaded(tmp_path, wishing(ORDERS[order], condition, ruleset)))
    assert "dangling" not in {found.code for found in prove(table).diagnostics}


@st.composite
def wishes(draw: DrawFn) -> tuple[Json, str]:
    """Any guard of an effect that refers to `wish`, which reads it or other facts, declared in any order."""
    others = draw(st.lists(st.sampled_from(["urgent", "size", "budget"]), min_size=1, unique=True))
    declared = draw(st.permutations(["wish", *others]))
    guard = draw(strategies._conditions({fact: VALUES[fact] for fact in declared}, [], 2))
    if draw(st.booleans()):
        guard = {"$or": draw(st.permutations([guard, {"$ex": {"wish": 1}}]))}
    ruleset = draw(st.sampled_from(["tier", "outcome"]))
    policy = wishing({}, guard, ruleset)
    return {**policy, "facts": {fact: DOMAINS[fact] for fact in declared}}, ruleset


@pytest.mark.slow
@settings(max_examples=EXAMPLES)
@given(wishes())
def test_a_target_is_absent_where_the_oracle_says_so(case: tuple[Json, str]) -> None:
    """`dangling` exactly where some request or outcome is left undecided, and everything is decided otherwise."""
    policy, ruleset = case
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    event: Facts = {"triad": "t", "role": "worker", "result": "failure", "strikes": 1}
    undecided = [
        extra
        for extra in map(dict, Circumstances(policy).extras)
        if (oracle.tier(policy, "t", "worker", None, extra) if ruleset == "tier"
            else oracle.outcome(policy, event | extra)) is None
    ]  # fmt: skip
    assert ("dangling" in {found.code for found in prove(table).diagnostics}) == bool(undecided)
    if not undecided:
        assert_decides_everything(table, policy)


def assert_decides_everything(table: DecisionTable, policy: Json) -> None:
    """Every request under every entry, and every outcome of it as part of every streak, is decided."""
    around = Circumstances(policy)
    ladder = table.policy.model_tiers.ladder.tiers
    for triad, role, phase, extra in product(around.triads, around.roles, around.phases, around.extras):
        subject, facts = Subject(triad, role), dict(extra)
        for entry in (None, *ladder):
            assert table.decide(table.facts_of(subject, phase, facts, entry=entry))
            streaks = [None, *(Streak(strikes, ladder[0], entry) for strikes in range(1, around.most_strikes + 1))]
            for streak, kind in product(streaks, around.kinds):
                report = Report(subject, phase, facts, failed=True, kind=kind)
                judge_outcome(table, report, Standing(entry, streak))
            judge_outcome(table, Report(subject, phase, facts, failed=False), Standing(entry))


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(small_policies())
def test_a_policy_that_loads_decides_everything(policy: Json) -> None:
    """Random rules, of which many are badly written: what the prover lets pass is complete."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    assume(not any(found.level is Level.ERROR for found in prove(table).diagnostics))
    assert_decides_everything(table, policy)


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(strategies.policies(total=False), st.data())
def test_any_policy_without_gaps_decides_requests(policy: Json, data: st.DataObject) -> None:
    """Odd names, other ladders and facts that hold tiers as well: no request and no success is left undecided."""
    with TemporaryDirectory() as folder:
        table = compile_table(loaded(Path(folder), policy))
    assume(not {"gap", "dangling"} & {found.code for found in prove(table).diagnostics})
    for _ in range(5):
        triad, role, phase, extra = data.draw(strategies.requests(policy))
        for entry in (None, *table.policy.model_tiers.ladder.tiers):
            assert table.decide(table.facts_of(Subject(triad, role), phase, extra, entry=entry))
        judge_outcome(table, Report(Subject(triad, role), phase, extra, failed=False), Standing())
