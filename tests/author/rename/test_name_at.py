"""The name at the cursor: its places, its definitions and its renaming."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import PolicyTexts, name_at, renamed_texts
from resolver.diagnostics import InputError, ResolverError

FOLDER = Path("policies")
FILE, TESTS = FOLDER / "a.yaml", FOLDER / "a_test.yaml"
POLICY = """\
rulesets:
  tier: {same: {pri: 1, all: [{m: {role: critic}}], run: {tier: fast}}}
  outcome: {same: {pri: 1, all: [{m: {role: critic}}], run: count}}
"""
CASES = "tests: {x: {role: critic, expect: {rule: same}}, y: {role: critic, history: [{expect: {rule: same}}]}}\n"
TEXTS = PolicyTexts(FOLDER, {FILE: POLICY, TESTS: CASES})


@pytest.mark.parametrize(("cursor", "ruleset"), [("{rule: sa", "tier"), ("history: [{expect: {rule: sa", "outcome")])
def test_a_rule_at_the_cursor_is_that_of_its_ruleset(cursor: str, ruleset: str) -> None:
    """Its definition is the key in that ruleset, and renaming leaves the other rule of this name."""
    found = name_at(TEXTS, TESTS, CASES.index(cursor) + len(cursor))
    assert found is not None
    assert (found.place.name, found.place.ruleset) == ("same", ruleset)
    assert [place.path for place in found.places] == [FILE, TESTS]
    [definition] = found.definitions
    assert POLICY[: definition.used[0]].endswith(f"{ruleset}: {{")
    assert found.uses == found.places[1:]
    after = renamed_texts(TEXTS, found.renamed("new")).texts
    assert after[FILE] == POLICY.replace(f"{ruleset}: {{same", f"{ruleset}: {{new")
    assert after[TESTS] == CASES.replace(cursor.replace("sa", "same"), cursor.replace("sa", "new"), 1)


def test_a_role_without_a_default_is_defined_by_a_row() -> None:
    """Without any row it is defined nowhere, and used where rules and tests have it."""
    found = name_at(TEXTS, FILE, POLICY.index("critic"))
    assert found is not None
    assert (len(found.places), found.definitions) == (4, ())
    rows = "model_tiers: {phase_overrides: {review: {critic: fast}, draft: {critic: fast}}}\n"
    found = name_at(PolicyTexts(FOLDER, {**TEXTS.texts, FOLDER / "b.yaml": rows}), FILE, POLICY.index("critic"))
    assert found is not None
    assert [place.path.name for place in found.definitions] == ["b.yaml"]


@pytest.mark.parametrize("index", [-1, 0, len(POLICY), 10**9])
def test_no_name_is_elsewhere(index: int) -> None:
    assert name_at(TEXTS, FILE, index) is None
    assert name_at(TEXTS, FOLDER / "other.yaml", index) is None


def test_a_text_that_is_no_yaml_is_an_error() -> None:
    with pytest.raises(InputError):
        name_at(PolicyTexts(FOLDER, {FILE: "a: ["}), FILE, 0)


def test_fact_of_every_policy_has_uses_and_no_other_name() -> None:
    """Its uses are those of the rules, also where another fact is compared with it; it cannot be renamed."""
    text = """\
rulesets:
  outcome:
    one: {pri: 1, all: [{m: {$ex: {raised_tier: 1}}}], run: {escalate_to: {$m: raised_tier}}}
    two: {pri: 2, all: [{m: {next_tier: {$m: raised_tier}}}], run: count}
"""
    found = name_at(PolicyTexts(FOLDER, {FILE: text}), FILE, text.index("raised_tier"))
    assert found is not None
    assert len(found.uses) == 3
    assert found.definitions == ()
    with pytest.raises(ResolverError, match="is a fact that every policy has"):
        found.renamed("other")
