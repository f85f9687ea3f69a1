"""Conditions as written to conditions as values."""

from __future__ import annotations

import pytest

from resolver.domain import (
    Absent,
    And,
    Compare,
    Condition,
    Equal,
    Fact,
    Integer,
    Ladder,
    Or,
    Present,
    SameAs,
    Text,
    Unequal,
    vocabulary,
)
from resolver.loader.conditions import ConditionReader
from resolver.loader.problems import Problems
from tests.loader.texts import document

_LADDER = Ladder(("fast", "general"))
_FACTS = {
    "preset": Fact("preset", Text(("solo", "team"))),
    "mode": Fact("mode", Text(("team", "solo"))),
    "budget": Fact("budget", Integer()),
    "unclear": Fact("unclear", Text(())),
}


def _read(text: str, ruleset: str = "tier") -> tuple[Condition | None, list[str]]:
    noted = Problems()
    reader = ConditionReader(vocabulary(ruleset, _LADDER, _FACTS), ruleset, _LADDER, noted)
    found = reader.read(document(text))
    return found, [one.code for one in noted.found]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("role: critic", Equal("role", ("critic",))),
        ("role: [critic, proposer, critic]", Equal("role", ("critic", "proposer"))),
        ("role: ''", Equal("role", ("",))),
        ("role: '1'", Equal("role", ("1",))),
        ("role: yes", Equal("role", ("yes",))),
        ("budget: [1, -2]", Equal("budget", (1, -2))),
        ("budget: 0x10", Equal("budget", (16,))),
        ("preset: team", Equal("preset", ("team",))),
        ("preset: {$m: mode}", SameAs("preset", "mode", equal=True)),
        ("role_default: {$m: phase_override}", SameAs("role_default", "phase_override", equal=True)),
        ("$neq: {role: critic}", Unequal("role", "critic")),
        ("$neq: {budget: 3}", Unequal("budget", 3)),
        ("$neq: {preset: {$m: mode}}", SameAs("preset", "mode", equal=False)),
        ("$lt: {budget: 3}", Compare("$lt", "budget", 3)),
        ("$lte: {budget: 3}", Compare("$lte", "budget", 3)),
        ("$gt: {budget: -9223372036854775806}", Compare("$gt", "budget", -(2**63) + 2)),
        ("$gte: {budget: 9223372036854775806}", Compare("$gte", "budget", 2**63 - 2)),
        ("$ex: {phase: 1}", Present("phase")),
        ("$nex: {phase: 1}", Absent("phase")),
        ("$and: [{role: a}, {phase: b}]", And((Equal("role", ("a",)), Equal("phase", ("b",))))),
        ("$or: [{$and: [{role: a}]}]", Or((And((Equal("role", ("a",)),)),))),
        ("$or: [&x {role: a}, *x]", Or((Equal("role", ("a",)), Equal("role", ("a",))))),
    ],
)
def test_conditions(text: str, condition: Condition) -> None:
    """Each form of a condition is read as what it says."""
    assert _read(text) == (condition, [])


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("result: failure", Equal("result", ("failure",))),
        ("kind: ''", Equal("kind", ("",))),
        ("strikes: [1, 100]", Equal("strikes", (1, 100))),
        ("$gte: {strikes: 3}", Compare("$gte", "strikes", 3)),
        ("raised_tier: {$m: next_tier}", SameAs("raised_tier", "next_tier", equal=True)),
    ],
)
def test_conditions_of_outcomes(text: str, condition: Condition) -> None:
    """The ruleset `outcome` has facts of its own."""
    assert _read(text, "outcome") == (condition, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a", "type"),
        ("~", "type"),
        ("[{role: a}]", "type"),
        ("{}", "empty"),
        ("role: a\nphase: b", "two-keys"),
        ("$ex: {role: 1}\nphase: b", "two-keys"),
        ("$and: []", "empty"),
        ("$or: ~", "type"),
        ("$and: {role: a}", "type"),
        ("$not: [{role: a}]", "operator"),
        ("$mt: {role: a}", "operator"),
        ("$imt: {role: a}", "operator"),
        ("$all: [{role: a}]", "operator"),
        ("$any: [{role: a}]", "operator"),
        ("$m: role", "operator"),
        ("$s: role", "operator"),
        ("$: role", "operator"),
        ("$add: {budget: 1}", "operator"),
        ("$ex: role", "type"),
        ("$ex: {role: 1, phase: 1}", "type"),
        ("$ex: {}", "type"),
        ("$ex: {role: 2}", "type"),
        ("$ex: {role: true}", "type"),
        ("$ex: {role: 1.0}", "type"),
        ("$ex: {role: '1'}", "type"),
        ("$nex: {rolle: 1}", "unknown-fact"),
        ("rolle: a", "unknown-fact"),
        ("strikes: 3", "unknown-fact"),
        ("role.name: a", "unknown-fact"),
        ("$lt: {role: a}", "text-order"),
        ("$lt: {role_default: fast}", "text-order"),
        ("$lt: {budget: {$m: budget}}", "type"),
        ("budget: {$m: budget}", "type"),
        ("budget: '3'", "type"),
        ("budget: 3.0", "type"),
        ("budget: true", "type"),
        ("budget: ~", "type"),
        ("budget: 9223372036854775807", "range"),
        ("role: 1", "type"),
        ("role: true", "type"),
        ("role: ~", "type"),
        ("role: []", "empty"),
        ("role: [[a]]", "type"),
        ("role: [{$m: phase}]", "type"),
        ("role: {$m: phase}", "reference"),
        ("role: {}", "reference"),
        ("preset: {$m: role}", "reference"),
        ("preset: {$m: role_default}", "reference"),
        ("preset: {$m: budget}", "reference"),
        ("preset: {$m: 1}", "type"),
        ("preset: {$m: presett}", "unknown-fact"),
        ("preset: {$m: mode, $s: mode}", "reference"),
        ("preset: swarm", "unknown-value"),
        ("role_default: slow", "unknown-tier"),
        ("$neq: {role: [a, b]}", "type"),
        ("$neq: {role: ~}", "type"),
        ("phase: ''", "empty"),
        ("role: \"a\\0\"", "name"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str) -> None:
    """What the rules engine gets wrong, or does not have, is refused with a code."""
    assert _read(text) == (None, [code])


@pytest.mark.parametrize("value", [0, 101, -1, 2**63])
def test_strikes_are_compared_with_1_to_100(value: int) -> None:
    """Strikes are compared with no other numbers, whatever the operator."""
    for text in (f"strikes: {value}", f"$gte: {{strikes: {value}}}", f"$neq: {{strikes: {value}}}"):
        assert _read(text, "outcome") == (None, ["range"])


def test_all_problems_at_once() -> None:
    """A condition that is wrong in several places has a problem for each of them."""
    assert _read("$and: [{rolle: a}, {$or: [{budget: x}, {$mt: {role: a}}]}]") == (
        None,
        ["unknown-fact", "type", "operator"],
    )


def test_a_fact_with_unknown_values() -> None:
    """What is wrong with a fact is said where it is declared, and not again wherever it is used."""
    for text in ("unclear: anything", "unclear: 3", "unclear: [a, 1]", "$neq: {unclear: true}"):
        assert _read(text)[1] == []


def test_what_the_shape_has_noted_is_not_noted_again() -> None:
    """A key that is not text, a key that is given twice and a tag are refused elsewhere."""
    for text in ("1: a", "role: a\nrole: b", "role: !x a"):
        assert _read(text) == (None, [])
