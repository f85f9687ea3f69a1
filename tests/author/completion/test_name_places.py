"""The places of names by their path are those at which `resolver rename` finds names."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import PolicyNames, PolicyTexts, word_at
from resolver.author.completion.name_places import NamePlace, Sort, name_sort, place_of
from resolver.author.completion.open_frames import KeyPath
from resolver.domain import NameKind, RulesetName
from resolver.loader import shipped_policy
from resolver.schema import OPERATORS

POLICY = Path("/policy")
TEXTS = {POLICY / file.name: file.read_text(encoding="utf-8") for file in shipped_policy().glob("*.yaml")}
TEXTS[POLICY / "more.yaml"] = """\
model_tiers:
  phases: [planning]
  triads: ["sales: north"]
  escalation_state: {"layout:critic": reasoning}
facts: {urgency: {values: [low, high]}, most: {values: [fast, general]}}
rulesets:
  tier:
    one: {pri: 1, all: [{m: {$and: [{urgency: low}, {$neq: {phase: planning}}]}}], run: {tier: {$m: most}}}
    two:
      pri: 2
      all:
        - m:
            $or:
              - triad: ["sales: north", layout]
              - $nex: {urgency: 1}
              - role_default: {$m: most}
              - escalated_tier: fast
      run: {tier: fast}
"""
TEXTS[POLICY / "more_test.yaml"] = """\
tests:
  one:
    role: critic
    triad: layout
    facts: {urgency: low, most: fast}
    expect: general
  two:
    role: [critic]
    escalated_tier: fast
    history: [{result: failure, ran_on: fast, facts: {urgency: low}, expect: {to: general, tier: general}}]
"""


def sort_at(path: Path, index: int) -> Sort | None:
    """Return the sort of the name at an index, by its path."""
    word = word_at(TEXTS[path], index, is_test=path.stem.endswith("_test"))
    place = word.place if word is not None else None
    if place is not None and place.sort is Sort.FACT_VALUE:
        return name_sort(place.fact)
    if place is not None and place.sort in (Sort.CONDITION, Sort.REFERRED):
        return Sort.FACT
    return place.sort if place is not None else None


def test_same_places_as_rename() -> None:
    """Every name that is renamed has the same sort by its path; tiers in values of facts depend on the policy."""
    found = PolicyNames(PolicyTexts(POLICY, TEXTS)).all()
    assert len(found) > 120
    for name in found:
        sort = sort_at(name.path, name.node.start)
        if sort is Sort.SUBJECT:
            assert name.kind in (NameKind.TRIAD, NameKind.ROLE)
        elif sort is None:  # a tier that a fact holds
            assert name.kind is NameKind.TIER
        else:
            assert str(sort) == str(name.kind), (name.name, name.path, name.node.place)


@pytest.mark.parametrize(
    ("path", "is_key", "place"),
    [
        (("rulesets", "outcome"), True, NamePlace(Sort.RULE, defines=True, ruleset=RulesetName.OUTCOME)),
        (("config", "rulesets", "tier"), True, NamePlace(Sort.RULE, defines=True, ruleset=RulesetName.TIER)),
        (("rulesets", "tier", "a", "run", "escalate_to"), False, None),
        (("rulesets", "other", "a", "run", "tier"), False, None),
        (("model_tiers", "tiers", "a", "description"), False, None),
        ((), True, None),
    ],
)
def test_place(path: KeyPath, is_key: bool, place: NamePlace | None) -> None:
    """Rules belong to their ruleset, and what is no name has no place."""
    assert place_of(path, is_key=is_key, is_test=False) == place


@pytest.mark.parametrize("operator", OPERATORS)
def test_conditions_in_conditions(operator: str) -> None:
    """A condition is the same in `$and` and `$or`, however deep."""
    top: KeyPath = ("rulesets", "tier", "a", "all", 0, "m")
    for path in (top, (*top, "$and", 1), (*top, "$or", 0, "$and", 2)):
        place = place_of(path, is_key=True, is_test=False)
        assert place is not None
        assert place.sort is Sort.CONDITION
        inner = place_of((*path, operator), is_key=True, is_test=False)
        assert (inner is None) == (operator in ("$and", "$or"))
