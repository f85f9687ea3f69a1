from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from resolver.compiler import MOST_CONDITIONS, batches, engine_rules
from resolver.compiler.definitions import MARKER, Json, engine_rule
from resolver.domain import Absent, And, Compare, Condition, Equal, Or, Present, RulesetName, SameAs, Unequal
from tests.cases import large_policies
from tests.small_policies import loaded

ROLE, PHASE = Equal("role", ("critic",)), Equal("phase", ("plan",))
BOTH = And((ROLE, PHASE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("policy")


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (ROLE, {"role": "critic"}),
        (Equal("n", (1, 2)), {"$or": [{"n": 1}, {"n": 2}]}),
        (Unequal("role", "critic"), {"$neq": {"role": "critic"}}),
        (Compare("$gte", "strikes", 3), {"$gte": {"strikes": 3}}),
        (Present("phase"), {"$ex": {"phase": 1}}),
        (Absent("phase"), {"$nex": {"phase": 1}}),
        (Or((ROLE, PHASE)), {"$or": [{"role": "critic"}, {"phase": "plan"}]}),
        (Or((Equal("role", ("a", "b")), PHASE)), {"$or": [{"role": "a"}, {"role": "b"}, {"phase": "plan"}]}),
        (Or((BOTH, PHASE)), {"$or": [{"$and": [{"role": "critic"}, {"phase": "plan"}]}, {"phase": "plan"}]}),
        (SameAs("a", "b", equal=True), {"$and": [{"$ex": {"b": 1}}, {"a": {"$m": "b"}}]}),
        (SameAs("a", "b", equal=False), {"$and": [{"$ex": {"b": 1}}, {"$neq": {"a": {"$m": "b"}}}]}),
    ],
)  # fmt: skip
def test_a_condition_is_written_as_durable_rules_has_it(condition: Condition, written: Json) -> None:
    """Lists become `$or` of equalities, and a reference is guarded by the presence of what it refers to."""
    assert engine_rule(condition).definition == [{"m": {"$and": [{MARKER: 1}, written]}}]


def test_the_marker_comes_first() -> None:
    """`A marker k: 1 […] as the first condition of every rule`, in the rule's own `$and`."""
    assert engine_rule(BOTH).definition == [{"m": {"$and": [{"k": 1}, {"role": "critic"}, {"phase": "plan"}]}}]


def test_the_size_of_a_rule_counts_what_the_engine_gets() -> None:
    """Weight counts conditions and `$or` nodes, the marker included; steps count two for each `$and` and `$or`."""
    rule = engine_rule(Or((Equal("role", ("a", "b")), SameAs("a", "b", equal=True))))
    assert (rule.weight, rule.steps) == (1 + 1 + 2 + 2, 2 + 2 + 2)
    assert rule.facts == {"role", "a", "b"}


def test_a_fact_called_as_the_event_is_weighs_like_any_other() -> None:
    """The event is named `m`, and so may be a fact."""
    rule, other = engine_rule(Equal("m", ("a",))), engine_rule(Equal("role", ("a",)))
    assert (rule.weight, rule.steps) == (other.weight, other.steps) == (2, 2)


def test_a_batch_is_never_too_heavy() -> None:
    """`Keep conditions plus $or nodes per ruleset at or under 60`, the last rule included, and the order of rules."""
    rules = [rule for count in range(1, 58) for rule in engine_rules(Equal("n", tuple(range(count))))]
    packed = [*batches(rules)]
    assert [rule for batch in packed for rule in batch] == rules
    assert max(sum(rule.weight for rule in batch) + 1 for batch in packed) <= MOST_CONDITIONS
    assert len(packed) < len(rules)


def test_no_rules_are_no_batch() -> None:
    """Nothing is asked about a ruleset without rules."""
    assert [*batches([])] == []


class TestBudget:
    """`Past 64 conditions that match at once it fails at run time`; past 31 steps of a rule it does not compile."""

    @pytest.mark.slow
    @given(policy=large_policies())
    def test_every_piece_is_within_the_budget(self, folder: Path, policy: dict[str, Any]) -> None:
        for rule in loaded(folder, policy).rules[RulesetName.TIER]:
            for piece in engine_rules(rule.condition):
                keys = [*_keys(piece.definition)]
                joins = [key for key in keys if key in ("$and", "$or")]
                names = [key for key in keys if not key.startswith("$") and key != "m"]
                assert 2 * len(joins) == piece.steps <= 31
                assert len(names) + joins.count("$or") == piece.weight <= MOST_CONDITIONS - 1


def _keys(node: Json) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _keys(part)
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield key
            yield from _keys(inner)
