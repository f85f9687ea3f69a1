"""Load and proof grow with the policy and not with the product of its names; what is too much is refused by name."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resolver.diagnostics import PolicyError
from resolver.prover import Proof, prove
from resolver.prover.unlisted_roles import unlisted_roles
from resolver.table import DecisionTable, compile_table
from resolver.testing.strategies import Json
from tests import oracle
from tests.small_policies import ALWAYS, loaded, policy_data

Rules = dict[str, Any]
TIERS = ["fast", "general", "reasoning"]
LAST: Rules = {"last": {"pri": 65_000, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}}}
THREE: Rules = {
    "success": {"pri": 1, "all": [{"m": {"result": "success"}}], "run": "reset"},
    "third": {
        "pri": 60_000,
        "all": [{"m": {"$and": [{"$gte": {"strikes": 3}}, {"$ex": {"raised_tier": 1}}]}}],
        "run": {"escalate_to": {"$m": "raised_tier"}},
    },
    "top": {"pri": 60_001, "all": [{"m": {"$gte": {"strikes": 3}}}], "run": "hold"},
    "counted": {"pri": 60_002, "all": [{"m": {"result": "failure"}}], "run": "count"},
}
ESCALATED: Rules = {
    "escalation": {"pri": 0, "all": [{"m": {"$ex": {"escalated_tier": 1}}}], "run": {"tier": {"$m": "escalated_tier"}}}
}


def rule(pri: int, condition: Json, run: Any) -> Rules:
    return {"pri": pri, "all": [{"m": condition}], "run": run}


def both(*facts: str) -> Callable[[int], Json]:
    return lambda at: {"$and": [{fact: f"{fact}{at}"} for fact in facts]}


def tier_rules(count: int, condition: Callable[[int], Json]) -> Json:
    named = {f"r{at}": rule(10 + at, condition(at), {"tier": TIERS[at % 3]}) for at in range(count)}
    return policy_data({**ESCALATED, **named, **LAST}, THREE)


def outcome_rules(count: int) -> Json:
    named: Rules = {}
    for at in range(count):
        names = [{name: f"{name}{at}"} for name in ("triad", "role", "phase", "kind")]
        named[f"r{at}"] = rule(
            10 + at, {"$and": [{"result": "failure"}, *names, {"$gte": {"strikes": at % 5 + 1}}]}, "hold"
        )
    return policy_data({**ESCALATED, **LAST}, {**THREE, **named})


def own_facts(count: int) -> Json:
    facts = {f"wish{at}": {"values": TIERS} for at in range(count)}
    named = {f"r{at}": rule(10 + at, {"$ex": {f"wish{at}": 1}}, {"tier": {"$m": f"wish{at}"}}) for at in range(count)}
    return policy_data({**ESCALATED, **named, **LAST}, THREE, facts=facts)


def alternatives(count: int) -> Json:
    names = both("role", "phase", "triad")
    return policy_data({"r": rule(10, {"$or": [names(at) for at in range(count)]}, {"tier": "general"}), **LAST})


def work(folder: Path, policy: Json) -> tuple[DecisionTable, Proof, dict[str, int]]:
    """The policy compiled and proven, with how much that took."""
    table = compile_table(loaded(folder, policy))
    proof = prove(table)
    nodes = len(table.tier.diagram.level) + len(table.outcome.diagram.level)
    asked = table.tier.asked + table.outcome.asked
    return table, proof, {"asked": asked, "nodes": nodes, "subjects": proof.subjects, "states": proof.states}


@pytest.mark.parametrize(
    ("policy", "small", "large", "constant"),
    [
        (lambda count: tier_rules(count, both("triad", "role")), 25, 250, ("subjects", "states")),
        (lambda count: tier_rules(count, both("triad", "role", "phase")), 25, 250, ("subjects", "states")),
        (lambda count: tier_rules(count, lambda at: {"triad": f"t{at}"}), 25, 250, ("subjects", "states")),
        (alternatives, 30, 300, ("subjects", "states")),
        (outcome_rules, 6, 60, ()),
        (own_facts, 3, 30, ("subjects", "states")),
    ],
    ids=["triad and role", "triad, role and phase", "triad", "alternatives", "outcomes", "own facts"],
)
def test_ten_times_the_rules_are_about_ten_times_the_work(
    tmp_path: Path, policy: Callable[[int], Json], small: int, large: int, constant: tuple[str, ...]
) -> None:
    """`count and prove those, not names`: questions, nodes and states grow with the rules, not with their product."""
    *_, before = work(tmp_path, policy(small))
    *_, after = work(tmp_path, policy(large))
    for what, amount in before.items():
        assert after[what] <= amount * (1 if what in constant else 15), what


UNLISTED: dict[str, Callable[[list[str]], Json]] = {
    "entries of a triad": lambda roles: policy_data(LAST, escalation_state={f"t:{role}": "general" for role in roles}),
    "overrides of a phase": lambda roles: policy_data(LAST, phase_overrides={"p": dict.fromkeys(roles, "general")}),
    "roles of a rule": lambda roles: policy_data({"r": rule(1, {"role": roles}, {"tier": "fast"}), **LAST}),
}


@pytest.mark.parametrize("policy", UNLISTED.values(), ids=UNLISTED)
def test_ten_times_the_unlisted_roles_take_about_ten_times_the_memory(
    tmp_path: Path, policy: Callable[[list[str]], Json]
) -> None:
    """Escalations that were learned can name any number of roles of one triad, and loading them stays cheap."""
    peaks = []
    for count in (100, 1_000):
        table = compile_table(loaded(tmp_path, policy([f"role_{at}" for at in range(count)])))
        tracemalloc.start()
        try:
            assert len([*unlisted_roles(table)]) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 20 * peaks[0]


def test_what_is_grouped_is_still_decided_one_by_one(tmp_path: Path) -> None:
    """Each of many rules decides its own subject in its own phase, and no other."""
    policy = tier_rules(60, both("triad", "role", "phase"))
    table, proof, _ = work(tmp_path, policy)
    assert not any(found.code in ("gap", "dangling", "lowers") for found in proof.diagnostics)
    for at, other in ((0, 1), (7, 8), (59, 0)):
        for triad, role, phase in ((at, at, at), (other, at, at), (at, other, at), (at, at, other)):
            facts: dict[str, str | int] = {"triad": f"triad{triad}", "role": f"role{role}", "phase": f"phase{phase}"}
            decision = table.decide(facts)
            assert decision
            assert decision.rule == oracle.winner(policy, "tier", facts)
            _, others = table.rows.get(f"role{role}", table.others)
            phases = table.rows.get(f"role{role}", table.others)[0].get(f"triad{triad}", others)
            assert phases.get(f"phase{phase}") in (decision, None)


@pytest.mark.parametrize("ruleset", ["tier", "outcome"])
def test_every_rule_at_fault_is_named(tmp_path: Path, ruleset: str) -> None:
    """Subjects that behave alike are looked at once, but what is wrong is said of each rule."""
    names = both("triad", "role")
    if ruleset == "tier":
        at_fault = {f"r{at}": rule(10 + at, names(at), {"tier": {"$m": "phase_override"}}) for at in range(40)}
        policy, code = policy_data({**ESCALATED, **at_fault, **LAST}, THREE), "dangling"
    else:
        at_fault = {f"r{at}": rule(10 + at, {"$and": [{"result": "failure"}, names(at)]}, {"escalate_to": "fast"})
                    for at in range(40)}  # fmt: skip
        policy, code = policy_data({**ESCALATED, **LAST}, {**THREE, **at_fault}), "lowers"
    _, proof, done = work(tmp_path, policy)
    assert sum(found.code == code for found in proof.diagnostics) == 40
    assert done["subjects"] < 5


@pytest.mark.slow
def test_what_multiplies_is_refused_by_name(tmp_path: Path) -> None:
    """Rules about one pair of facts, and then rules about a third, are a case for each combination of their values."""
    pairs = {f"pair{at}": rule(10 + at, both("triad", "phase")(at), {"tier": "fast"}) for at in range(700)}
    roles = {f"role{at}": rule(2_000 + at, {"role": f"role{at}"}, {"tier": "general"}) for at in range(700)}
    with pytest.raises(PolicyError) as caught:
        compile_table(loaded(tmp_path, policy_data({**pairs, **roles, **LAST}, THREE)))
    [found] = caught.value.diagnostics
    assert found.code == "too-complex"
    assert all(f"`{fact}`" in found.message for fact in ("triad", "role", "phase"))
    assert found.help
    assert "`pair0`" in found.help
    assert "more" in found.help


@pytest.mark.slow
def test_states_that_are_too_many_are_refused_by_the_prover(tmp_path: Path) -> None:
    """Streaks of up to a hundred, of many kinds in many phases, are more states than can be visited in some seconds."""
    many = {
        f"r{at}": rule(10 + at, {"$and": [{"kind": f"k{at}"}, {"phase": f"p{at % 40}"}, {"strikes": 99}]}, "count")
        for at in range(80)
    }
    counted = {name: THREE[name] for name in ("success", "counted")}
    table = compile_table(loaded(tmp_path, policy_data({**ESCALATED, **LAST}, {**counted, **many})))
    [found] = prove(table).diagnostics
    assert found.code == "too-complex"
    assert "`kind`" in found.message
    assert "`phase`" in found.message
