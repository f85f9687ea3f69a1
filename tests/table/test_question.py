from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver.diagnostics import PolicyError
from resolver.domain import Policy, RulesetName
from resolver.loader import load_policy, shipped_policy
from resolver.table import Question
from resolver.table.judging import judge
from tests.processes import python
from tests.small_policies import ALWAYS, loaded, policy_data, rules, some_conditions, written


def tier_of(policy: Policy) -> Question:
    return judge(policy, RulesetName.TIER)


def won(question: Question, **facts: str | int) -> str | None:
    rule = question.decide(question.universe.classes_of({"triad": "t", "role": "r", **facts})).rule
    return rule.name if rule else None


def test_the_shipped_policy_takes_few_questions() -> None:
    """`Shipped policy: about 50 asks`; each rule alone, then all together once for each path."""
    policy = load_policy(shipped_policy())
    assert sum(judge(policy, name).asked for name in RulesetName) < 100


def test_paths_cover_the_diagram() -> None:
    """Every edge of the diagram lies on some path, so what the engine confirms of all paths holds of everything."""
    policy = load_policy(shipped_policy())
    for question in (judge(policy, name) for name in RulesetName):
        diagram, edges = question.diagram, set()
        for classes, leaf in question.paths():
            assert len(classes) == len(question.universe.variables)
            node = question.root
            while node >= 0:
                below = diagram.below(node, diagram.level[node], classes[diagram.level[node]])
                edges.add((node, below))
                node = below
            assert node == leaf
        asking = [node for node in diagram.nodes(question.root) if node >= 0]
        assert edges == {
            (node, below) for node in asking for below in (diagram.otherwise[node], *diagram.branches[node].values())
        }


def test_a_truth_table_tells_where_a_rule_matches(tmp_path: Path) -> None:
    """Each rule has its own table, whatever wins over it."""
    question = tier_of(loaded(tmp_path, policy_data(rules(ALWAYS, {"role": "r"}))))
    classes = question.universe.classes_of({"triad": "t", "role": "r"})
    others = question.universe.classes_of({"triad": "t", "role": "x"})
    assert [question.diagram.walk(table, classes) for table in question.truth] == [-2, -2]
    assert [question.diagram.walk(table, others) for table in question.truth] == [-2, -1]


def test_where_no_rule_matches_there_is_no_winner(tmp_path: Path) -> None:
    """A ruleset need not decide everything."""
    question = tier_of(loaded(tmp_path, policy_data(rules({"phase": "plan"}))))
    assert [won(question, phase="plan"), won(question, phase="x"), won(question)] == ["r0", None, None]


def test_hundreds_of_alternatives_load(tmp_path: Path) -> None:
    """600 alternatives of role and phase in one rule keep their meaning."""
    pairs = [{"$and": [{"role": f"x{at}"}, {"phase": f"p{at}"}]} for at in range(600)]
    question = tier_of(loaded(tmp_path, policy_data(rules({"$or": pairs}, ALWAYS))))
    assert {won(question, role=f"x{at}", phase=f"p{at}") for at in range(600)} == {"r0"}
    assert {won(question, role=f"x{at}", phase=f"p{at + 1}") for at in range(600)} == {"r1"}


def test_a_hundred_rules_over_twenty_roles_and_ten_phases_load(tmp_path: Path) -> None:
    """`Never build the product of all facts`: 100 rules are some thousand asks."""
    question = tier_of(loaded(tmp_path, policy_data(rules(*some_conditions(Random(1), 100), ALWAYS))))
    assert question.asked < 6_000


FACTS = {f"{side}{at}": {"values": ["a", "b"]} for side in "fg" for at in range(20)}
NAMED = {f"f{at}": {"integer": True} for at in range(160)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tier", "facts", "said"),
    [
        (rules({"$and": [{"$neq": {"role": f"x{at}"}} for at in range(59)]}, ALWAYS), None,
         "`r0` has more conditions or alternatives than the rules engine can hold"),
        (rules(ALWAYS, {"$and": [{fact: "a"} for fact in [*FACTS][:18]]}), FACTS,
         "`r1` has more conditions or alternatives than the rules engine can hold"),
        (rules(*({"$and": [{f"f{at}": "a"}, {f"g{at}": "a"}]} for at in range(20)), ALWAYS), FACTS,
         "the rules of `tier` divide the facts into too many cases"),
        (rules(*({"$and": [{fact: "a"} for fact in [*FACTS][at : at + 10]]} for at in range(20)), ALWAYS), FACTS,
         "the rules of `tier` divide the facts into too many cases"),
        (rules(*({fact: 1} for fact in NAMED), ALWAYS), NAMED,
         "the rules of `tier` divide the facts into too many cases"),
    ],
    ids=["a rule too heavy", "a rule of too many facts", "rules too entangled", "rules of too much to ask", "facts"],
)  # fmt: skip
def test_what_is_too_much_to_judge_is_a_problem_of_the_policy(
    tmp_path: Path, tier: dict[str, Any], facts: dict[str, Any] | None, said: str
) -> None:
    """A policy that would take minutes or gigabytes is refused, with the place of a rule and with what to do."""
    policy = loaded(tmp_path, policy_data(tier, facts=facts))
    with pytest.raises(PolicyError) as caught:
        tier_of(policy)
    assert [found.code for found in caught.value.diagnostics] == ["too-complex"]
    [message] = [found.message for found in caught.value.diagnostics]
    assert message.startswith(f"{said}: `")
    assert caught.value.diagnostics[0].help
    assert caught.value.diagnostics[0].place.source.name.endswith("policy.yaml")


def test_all_rules_that_are_too_large_are_named(tmp_path: Path) -> None:
    """All problems at once, as everywhere."""
    large = {"$and": [{"$neq": {"role": f"x{at}"}} for at in range(59)]}
    with pytest.raises(PolicyError) as caught:
        tier_of(loaded(tmp_path, policy_data(rules(large, ALWAYS, large))))
    assert [found.message.split()[0] for found in caught.value.diagnostics] == ["`r0`", "`r2`"]


def test_an_engine_that_contradicts_itself_is_an_internal_error(tmp_path: Path) -> None:
    """`ask the whole ruleset once for each path, where a disagreement is an internal error`."""
    (tmp_path / "durable_rules_engine.py").write_text(
        "import json\n"
        "class error(Exception): pass\n"
        "def create_ruleset(name, definition): return len(json.loads(definition))\n"
        "def assert_event(handle, event): return 0, handle\n"
        "def start_action_for_state(handle, offset): return '', '{\"%s\":{}}' % ('0' if handle == 2 else 'rest')\n"
        "def complete_and_start_action(handle, offset): return None\n"
        "def delete_state(handle, sid): pass\n"
        "def delete_ruleset(handle): pass\n"
    )
    folder = tmp_path / "policy"
    folder.mkdir()
    written(folder, policy_data(rules(ALWAYS, ALWAYS)))
    done = python("import sys, resolver; resolver.Resolver.open(sys.argv[1])", str(folder), first=tmp_path)
    assert "InternalError: the table says r0, durable-rules None, of the facts {" in done.stderr
