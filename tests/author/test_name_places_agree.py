"""Two programs find the places of names: one in half-typed texts, by their path, and one in nodes, to rename them."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import PolicyNames, PolicyTexts
from resolver.author.completion.name_places import Sort, name_sort, place_of
from resolver.author.completion.tolerant_outline import TolerantOutline
from resolver.domain import NameKind
from resolver.loader import shipped_policy

FILE, TESTS = Path("policies/all.yaml"), Path("policies/all_test.yaml")
POLICY = """\
model_tiers:
  ladder: [fast, "general"]
  tiers:
    fast: {providers: {groq: a}}
    'general': {providers: {groq: b}}
  phases: [planning]
  triads: [alpha]
  role_defaults: {critic: fast, judge: general}
  phase_overrides:
    planning: {critic: general}
  escalation_state: {"alpha:critic": general}
facts:
  preset: {values: [solo, team]}
  other: {values: [solo, team]}
  size: {}
rulesets:
  tier:
    first: {pri: 1, all: [{m: {$and: [{preset: solo}, {$gt: {size: 3}}, {role: critic}]}}], run: {tier: fast}}
    second: {pri: 2, all: [{m: {$or: [{phase: [planning, ""]}, {preset: {$m: other}}]}}], run: {tier: general}}
    third: {pri: 3, all: [{m: {$neq: {triad: alpha}}}], run: {tier: {$m: escalated_tier}}}
  outcome:
    raise: {pri: 1, all: [{m: {$and: [{failed_tier: fast}, {$ex: {preset: 1}}]}}], run: {escalate_to: general}}
    count: {pri: 2, all: [{m: {$ex: {result: 1}}}], run: count}
"""
CASES = """\
tests:
  one: {role: [critic, judge], phase: planning, triad: alpha, escalated_tier: fast, facts: {preset: solo}, expect: fast}
  two: {role: critic, expect: {tier: general, rule: first}}
  three:
    role: critic
    history:
      - {result: failure, phase: planning, ran_on: fast, facts: {preset: team}, expect: {effect: count, rule: count}}
      - {result: failure, expect: {effect: escalate, rule: raise, to: general}}
"""
SORTS = {
    NameKind.TIER: Sort.TIER,
    NameKind.ROLE: Sort.ROLE,
    NameKind.PHASE: Sort.PHASE,
    NameKind.TRIAD: Sort.TRIAD,
    NameKind.FACT: Sort.FACT,
    NameKind.RULE: Sort.RULE,
}


def by_nodes(texts: PolicyTexts, path: Path) -> set[tuple[int, str]]:
    """The start of each scalar that has a name, and the sort of the name; the two of `triad:role` are a subject."""
    return {
        (
            found.node.start,
            Sort.SUBJECT if found.section == "escalation_state" and ":" in found.node.text else SORTS[found.kind],
        )
        for found in PolicyNames(texts).all()
        if found.path == path
    }


def by_paths(texts: PolicyTexts, path: Path) -> set[tuple[int, str]]:
    """The same by the paths of words."""
    places = set()
    for word in TolerantOutline(texts.texts[path]).words:
        place = place_of(word.path, is_key=word.is_key, is_test=texts.is_test(path))
        sort = place.sort if place is not None else None
        if place is not None and sort is Sort.FACT_VALUE:
            is_presence = place.operator in ("$ex", "$nex")
            sort = None if is_presence else Sort.TIER if place.fact.endswith("_tier") else name_sort(place.fact)
        if sort in (Sort.CONDITION, Sort.REFERRED, Sort.FACT):
            sort = None if word.text.startswith("$") else Sort.FACT
        if sort in {*SORTS.values(), Sort.SUBJECT}:
            places.add((word.start, str(sort)))
    return places


def shipped() -> PolicyTexts:
    folder = shipped_policy()
    return PolicyTexts(folder, {file: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))})


@pytest.mark.parametrize(
    "texts", [PolicyTexts(FILE.parent, {FILE: POLICY, TESTS: CASES}), shipped()], ids=["all", "shipped"]
)
def test_places_by_path_are_those_by_node(texts: PolicyTexts) -> None:
    """What completion and hover take for a name is what renaming changes, and no more."""
    for path in texts.texts:
        assert by_paths(texts, path) == by_nodes(texts, path), path
