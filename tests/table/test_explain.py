from pathlib import Path
from typing import Any

import pytest

from resolver import ResolverError
from resolver.domain import Explanation, Facts, Lost, RulesetName, Subject, Unmatched, Won
from resolver.table import compile_table, explain
from resolver.table.explain import blockers
from tests.small_policies import ALWAYS, loaded, policy_data, rules

TABLES: dict[str, Any] = {
    "role_defaults": {"critic": "general", "worker": "fast"},
    "phase_overrides": {"plan": {"critic": "reasoning"}},
    "escalation_state": {"t:worker": "general"},
}


def explained(
    tmp_path: Path, *conditions: dict[str, Any], role: str = "critic", phase: str | None = None, **facts: str | int
) -> Explanation:
    declared = {"preset": {"values": ["a", "b"]}, "budget": {"integer": True}}
    policy = policy_data(rules(*conditions, ALWAYS), facts=declared, **TABLES)
    return explain(compile_table(loaded(tmp_path, policy)), Subject("t", role), phase, facts)


def in_the_way(tmp_path: Path, condition: dict[str, Any], **asked: Any) -> tuple[str, ...]:
    outcome = explained(tmp_path, condition, **asked).rules[0].outcome
    assert isinstance(outcome, Unmatched)
    return outcome.blockers


def test_every_rule_has_an_outcome(tmp_path: Path) -> None:
    """One rule won, those that matched behind it lost to it, and all others say what stood in the way."""
    found = explained(tmp_path, {"role": "worker"}, {"role": "critic"}, {"triad": "t"}, {"triad": "u"})
    assert found.decision.rule == "r1"
    winner = found.rules[1].rule
    assert [report.outcome for report in found.rules] == [
        Unmatched(("role",)), Won(), Lost(winner), Unmatched(("triad",)), Lost(winner)]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "asked", "expected"),
    [
        ({"$and": [{"role": "worker"}, {"triad": "u"}]}, {}, ("role", "triad")),
        ({"$and": [{"role": "critic"}, {"triad": "u"}]}, {}, ("triad",)),
        ({"$or": [{"$and": [{"role": "worker"}, {"triad": "u"}]}, {"phase": "do"}]}, {}, ("phase",)),
        ({"$nex": {"phase": 1}}, {"phase": "x"}, ("phase",)),
        ({"$gte": {"budget": 3}}, {}, ("budget",)),
        ({"$gte": {"budget": 3}}, {"budget": 2}, ("budget",)),
        ({"$and": [{"preset": "a"}, {"$neq": {"preset": "b"}}]}, {"preset": "b"}, ("preset",)),
        ({"$and": [{"$ex": {"phase_override": 1}}, {"role_default": {"$m": "phase_override"}}]}, {"phase": "plan"},
         ("role_default",)),
    ],
)  # fmt: skip
def test_the_fewest_facts_stand_in_the_way(
    tmp_path: Path, condition: dict[str, Any], asked: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """Of all ways in which the rule could have matched, the one that changes the fewest facts is named."""
    assert in_the_way(tmp_path, condition, **asked) == expected


def test_an_override_stands_in_the_way_and_not_its_phase(tmp_path: Path) -> None:
    """Without a phase there would be no override either: that is two changes, and no override is one."""
    assert in_the_way(tmp_path, {"$nex": {"phase_override": 1}}, phase="plan") == ("phase_override",)


def test_an_override_that_is_missing_needs_a_phase(tmp_path: Path) -> None:
    """Without a phase, an override takes two changes; in a phase, one."""
    assert in_the_way(tmp_path, {"$ex": {"phase_override": 1}}) == ("phase", "phase_override")
    assert in_the_way(tmp_path, {"$ex": {"phase_override": 1}}, phase="do") == ("phase_override",)


def test_a_change_takes_along_what_cannot_stay(tmp_path: Path) -> None:
    """A rule for no phase would match without the phase and without its override."""
    condition = {"$and": [{"$nex": {"phase": 1}}, {"role": "critic"}]}
    assert in_the_way(tmp_path, condition, phase="plan") == ("phase", "phase_override")
    assert in_the_way(tmp_path, condition, phase="do") == ("phase",)


def test_a_rule_that_matches_nothing_has_nothing_in_the_way(tmp_path: Path) -> None:
    """No facts match a rule that contradicts itself, or asks for what cannot be."""
    assert in_the_way(tmp_path, {"$and": [{"role": "a"}, {"role": "b"}]}) == ()
    assert in_the_way(tmp_path, {"$and": [{"$nex": {"phase": 1}}, {"$ex": {"phase_override": 1}}]}) == ()
    assert in_the_way(tmp_path, {"$lt": {"budget": -(2**63) + 2}}) == ()
    assert in_the_way(tmp_path, {"$gt": {"budget": 2**63 - 2}}) == ()


def test_facts_that_hang_together_stand_in_the_way_together(tmp_path: Path) -> None:
    """In `outcome`, what a success would change are all facts of the failure."""
    policy = policy_data(rules(ALWAYS), rules({"result": "success"}, ALWAYS, run="ignore"))
    question = compile_table(loaded(tmp_path, policy)).outcome
    failure: Facts = {
        "triad": "t",
        "role": "r",
        "result": "failure",
        "strikes": 1,
        "failed_tier": "fast",
        "kind": "task",
    }
    classes = question.universe.classes_of({**failure, "next_tier": "general"})
    tiers = ("result", "failed_tier", "next_tier", "raised_tier")
    assert question.rules[0].ruleset is RulesetName.OUTCOME
    assert blockers(question, 0, classes) == (*tiers, "kind", "strikes")


def test_facts_say_where_they_stand(tmp_path: Path) -> None:
    """A fact that a row of a file gives has its place; what the request gives, and what is absent, has none."""
    found = {fact.name: fact for fact in explained(tmp_path, role="worker", phase="plan", preset="a").facts}
    default, escalated = found["role_default"], found["escalated_tier"]
    assert default.place
    assert escalated.place
    assert (default.value, default.place.source.line(default.place.line).strip()) == ("fast", "worker: fast")
    assert (escalated.value, escalated.place.source.line(escalated.place.line).strip()) == (
        "general", '"t:worker": general')  # fmt: skip
    assert (found["phase_override"].value, found["phase_override"].place) == (None, None)
    assert [found[name].value for name in ("triad", "phase", "preset", "budget")] == ["t", "plan", "a", None]
    assert found["preset"].place is None


def test_rules_stand_by_ascending_pri(tmp_path: Path) -> None:
    """Whatever the order of the file, the rule that is asked first stands first."""
    last, first = rules(ALWAYS, {"role": "x"}).values()
    policy = policy_data({"late": {**last, "pri": 9}, "early": {**first, "pri": 3}}, **TABLES)
    found = explain(compile_table(loaded(tmp_path, policy)), Subject("t", "x"), None, {})
    assert [report.rule.name for report in found.rules] == ["early", "late"]


def test_a_name_in_no_list_is_said(tmp_path: Path) -> None:
    """A role or phase that no row and no rule names is an answer like any other, and often a typo."""
    assert explained(tmp_path, {"phase": "do"}, role="critic", phase="plan").unlisted == ()
    assert explained(tmp_path, {"phase": "do"}, role="critik", phase="x").unlisted == (
        "the role `critik` is in no list of the policy; did you mean `critic`?",
        "the phase `x` is in no list of the policy",
    )


def test_where_no_rule_decides_there_is_nothing_to_explain(tmp_path: Path) -> None:
    """A request that no rule decides is the same error as in `resolve`, with its names."""
    table = compile_table(loaded(tmp_path, policy_data(rules({"phase": "plan"}))))
    with pytest.raises(ResolverError, match="decides for triad `t`, role `a` in phase `do`"):
        explain(table, Subject("t", "a"), "do", {})
    with pytest.raises(ResolverError, match=r"^no rule of `tier` decides for triad `t`, role ``$"):
        explain(table, Subject("t", ""), "", {})
