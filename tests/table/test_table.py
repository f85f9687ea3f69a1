from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest

from resolver import ResolverError
from resolver.domain import Subject
from resolver.table import Answer, DecisionTable, compile_table
from tests.small_policies import ALWAYS, loaded, policy_data, rules

FACTS = {"preset": {"values": ["dialectic", "consensus"]}, "budget": {"integer": True}, "wanted": {"values": ["fast"]}}


class Preset(StrEnum):
    DIALECTIC = "dialectic"


class Printed(str, Enum):  # noqa: UP042 - prints as Printed.DIALECTIC, which is the point
    DIALECTIC = "dialectic"


class Budget(IntEnum):
    SMALL = 1


@pytest.fixture
def table(tmp_path: Path) -> DecisionTable:
    tier = rules({"preset": "dialectic"}, {"$gte": {"budget": 3}}, run={"tier": "reasoning"})
    tier["held"] = {"pri": 8, "all": [{"m": {"$nex": {"preset": 1}}}], "run": {"tier": {"$m": "wanted"}}}
    tier["last"] = {"pri": 9, "all": [{"m": ALWAYS}], "run": {"tier": "general"}}
    tables: dict[str, Any] = {
        "role_defaults": {"a": "general"},
        "phase_overrides": {"plan": {"a": "reasoning"}},
        "escalation_state": {"t:a": "reasoning"},
    }
    return compile_table(loaded(tmp_path, policy_data(tier, facts=FACTS, **tables)))


def test_the_facts_of_a_request_are_its_rows(table: DecisionTable) -> None:
    """A request has the facts that apply to it, and no others; the phase "" is no phase."""
    request = {"triad": "t", "role": "a", "role_default": "general", "escalated_tier": "reasoning"}
    assert table.facts_of(Subject("t", "a"), None) == request
    assert table.facts_of(Subject("t", "a"), "") == request
    assert table.facts_of(Subject("t", "a"), "plan") == {**request, "phase": "plan", "phase_override": "reasoning"}
    assert table.facts_of(Subject("u", "b"), "plan", {"budget": 0}) == {
        "triad": "u", "role": "b", "phase": "plan", "budget": 0}  # fmt: skip


def test_extra_facts_decide(table: DecisionTable) -> None:
    """An extra fact is seen by rules like any other."""
    subject = Subject("u", "b")
    given: list[dict[str, Any]] = [
        {"preset": "dialectic"},
        {"preset": "consensus", "budget": 3},
        {"preset": "consensus"},
    ]
    made = [table.decide(table.facts_of(subject, None, facts)) for facts in given]
    assert [decision and (decision.rule, decision.tier) for decision in made] == [
        ("r0", "reasoning"), ("r1", "reasoning"), ("last", "general")]  # fmt: skip


def test_a_winner_whose_tier_is_absent_decides_nothing(table: DecisionTable) -> None:
    """A rule that refers to an absent fact wins, and there is no tier; no rule behind it is asked instead."""
    assert table.decide({"triad": "u", "role": "b"}) is None
    decision = table.decide({"triad": "u", "role": "b", "wanted": "fast"})
    assert decision
    assert (decision.rule, decision.tier) == ("held", "fast")


def test_an_effect_without_a_tier_has_no_target(table: DecisionTable) -> None:
    """Of all effects only `tier` and `escalate` name a tier."""
    [ignore] = table.outcome.rules
    success = {"triad": "t", "role": "a", "result": "success"}
    assert table.outcome.decide(table.outcome.universe.classes_of(success)) == Answer(None, ignore)


@pytest.mark.parametrize("value", ["dialectic", Preset.DIALECTIC, Printed.DIALECTIC])
def test_a_value_is_taken_as_plain_text(table: DecisionTable, value: str) -> None:
    """A member of an enumeration is its value."""
    checked = table.check_extra({"preset": value})
    assert checked == {"preset": "dialectic"}
    assert type(checked["preset"]) is str


@pytest.mark.parametrize("value", [0, -3, 2**63 - 2, -(2**63) + 2, Budget.SMALL])
def test_an_integer_is_taken_up_to_the_border(table: DecisionTable, value: int) -> None:
    """`integers saturate at 64 bits`: one less on both sides is the border."""
    checked = table.check_extra({"budget": value})
    assert checked == {"budget": value}
    assert type(checked["budget"]) is int


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ([("budget", 1)], "the facts of a request are a mapping of names to values, not `[('budget', 1)]`"),
        ("budget", "the facts of a request are a mapping of names to values, not `'budget'`"),
        ({"presett": "dialectic"}, "the policy declares no fact `presett`; did you mean `preset`?"),
        ({"x" * 20: "dialectic"}, f"the policy declares no fact `{'x' * 20}`"),
        ({3: "dialectic"}, "the policy declares no fact `3`"),
        ({"role": "a"}, "the policy declares no fact `role`"),
        (
            {"preset": "consensu"},
            "the fact `preset` is never `consensu`; its values are `dialectic`, `consensus`; did you mean `consensus`?",
        ),
        ({"preset": ""}, "the fact `preset` is never ``; its values are `dialectic`, `consensus`"),
        ({"preset": 1}, "the fact `preset` is never `1`; its values are `dialectic`, `consensus`"),
        ({"preset": None}, "the fact `preset` is never `None`; its values are `dialectic`, `consensus`"),
        (
            {"preset": ["dialectic"]},
            "the fact `preset` is never `['dialectic']`; its values are `dialectic`, `consensus`",
        ),
        ({"budget": True}, "the fact `budget` is a 64-bit integer, not `True`"),
        ({"budget": 1.0}, "the fact `budget` is a 64-bit integer, not `1.0`"),
        ({"budget": "1"}, "the fact `budget` is a 64-bit integer, not `'1'`"),
        ({"budget": None}, "the fact `budget` is a 64-bit integer, not `None`"),
        ({"budget": 2**63 - 1}, f"the fact `budget` is a 64-bit integer, not `{2**63 - 1}`"),
        ({"budget": 1, "preset": "x"}, "the fact `preset` is never `x`; its values are `dialectic`, `consensus`"),
    ],
)
def test_what_a_policy_does_not_declare_is_named(table: DecisionTable, facts: Any, said: str) -> None:
    """`Facts or values a policy does not declare […] are a ResolverError naming them, never ignored`."""
    with pytest.raises(ResolverError) as caught:
        table.check_extra(facts)
    assert str(caught.value) == said
