"""A policy's own facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.domain import Fact, Integer, Text
from resolver.domain.facts import BUILT_IN
from tests.loader.texts import COMPLETE, RULES, TIERS, load, problems, tier_rule


def _noted(folder: Path, facts: str) -> list[str]:
    return problems(folder, a=f"{COMPLETE}facts: {facts}\n")


def test_facts(tmp_path: Path) -> None:
    """A fact is one of some texts, or an integer, and may have a description."""
    facts = """\
facts:
  preset: {values: [b, a], description: How.}
  budget: {integer: true, values: }
  n: {integer: false, values: [x]}
"""
    assert load(tmp_path, a=COMPLETE + facts).facts == {
        "preset": Fact("preset", Text(("b", "a")), description="How."),
        "budget": Fact("budget", Integer()),
        "n": Fact("n", Text(("x",))),
    }


@pytest.mark.parametrize("facts", ["", "~", "{}"])
def test_no_facts(tmp_path: Path, facts: str) -> None:
    """The section may be null or empty."""
    assert load(tmp_path, a=f"{COMPLETE}facts: {facts}\n").facts == {}


def test_facts_of_several_files(tmp_path: Path) -> None:
    """Facts may be spread over files, and each is declared in one of them."""
    policy = load(tmp_path, a=COMPLETE, b="facts: {x: {integer: true}}", c="facts: {y: {values: [z]}}")
    assert list(policy.facts) == ["x", "y"]
    assert problems(tmp_path, d="facts: {x: {integer: true}}") == [
        f"duplicate-key: `x` is already given in {tmp_path / 'b.yaml'}:1"
    ]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_names_that_every_policy_has(tmp_path: Path, name: str) -> None:
    """A fact that every policy has cannot be declared, and stays what it is."""
    facts = f"facts: {{{name}: {{values: [x]}}}}\n"
    found = problems(tmp_path, a=TIERS + facts + tier_rule("{role: critic}"))
    assert found == [f"fact-name: `{name}` is a fact that every policy has"]


@pytest.mark.parametrize("name", ["k", "id", "sid", "a.b", ".", "$m", "a$", "$and"])
def test_names_that_mean_something_to_the_engine(tmp_path: Path, name: str) -> None:
    """A name that the rules engine takes for something else is refused."""
    assert _noted(tmp_path, f"{{{name}: {{integer: true}}}}") == [f"fact-name: a fact cannot be named `{name}`"]


def test_names_that_the_engine_takes_for_one_another(tmp_path: Path) -> None:
    """Two names with the same 32-bit FNV-1a hash are one fact to the rules engine."""
    assert _noted(tmp_path, "{retali: {integer: true}, fidetu: {integer: true}}") == [
        "fact-name: the rules engine cannot tell `fidetu` from `retali`: both names have the same hash"
    ]


def test_any_other_name(tmp_path: Path) -> None:
    """Any other text is a name."""
    names = ["a b", "ключ", "e\u0301", "-", "null", "1", "#", "m", "k2", "s:t"]
    facts = ", ".join(f"'{name}': {{integer: true}}" for name in names)
    assert list(load(tmp_path, a=f"{COMPLETE}facts: {{{facts}}}\n").facts) == names


@pytest.mark.parametrize(
    "fact", ["{}", "{description: x}", "{integer: false}", "{values: [a], integer: true}", "{values: ~}"]
)
def test_a_fact_is_of_one_kind(tmp_path: Path, fact: str) -> None:
    """A fact has values, or is an integer, and not both."""
    assert _noted(tmp_path, f"{{x: {fact}}}") == ["fact-type: the fact `x` needs either `values` or `integer: true`"]


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ("~", "type: `~` is nothing, but a mapping is expected for `facts.x`"),
        ("[a, b]", "type: `facts.x` is a list, but a mapping is expected"),
        ("{values: a}", "type: `a` is text, but a list is expected for `facts.x.values`"),
        ("{values: [1]}", "type: `1` is an integer, but text is expected for `facts.x.values`"),
        ("{values: []}", "empty: `facts.x.values` is empty"),
        ("{values: ['']}", "empty: an item of `facts.x.values` is empty"),
        ("{values: [a, b, a]}", "duplicate-value: `a` is listed twice"),
        ("{integer: 'true'}", "type: `true` is text, but a boolean is expected for `facts.x.integer`"),
        ("{integer: 1}", "type: `1` is an integer, but a boolean is expected for `facts.x.integer`"),
        ("{value: [a]}", "unknown-key: unknown key `value` in `facts.x`"),
    ],
)
def test_each_mistake_is_one_problem(tmp_path: Path, fact: str, message: str) -> None:
    """What is wrong with a fact is said once, and not again where rules use it."""
    text = f"{TIERS}facts: {{x: {fact}}}\n"
    assert problems(tmp_path, a=text + RULES) == [message]
    assert problems(tmp_path, a=text + tier_rule("{x: a}")) == [message]
