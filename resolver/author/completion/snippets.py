"""Snippets: a rule, a test, and a pinned role, which always runs on one tier."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

from resolver.author.completion.name_places import Sort
from resolver.author.completion.open_frames import KeyPath
from resolver.author.completion.templates import Template, template_of
from resolver.author.completion.vocabulary import Vocabulary
from resolver.domain import RulesetName
from resolver.yaml_text.quoting import scalar

Snippet = tuple[str, str, Template]
"""The name, the description and the text of a snippet."""

_TIER_RULE = """\
«1:rule»:
  pri: «2:pri»
  all:
    - m: {role: «3:role»}
  run: {tier: «4:tier»}
  because: «5:because»"""
_OUTCOME_RULE = """\
«1:rule»:
  pri: «2:pri»
  all:
    - m: {$and: [{result: failure}, {kind: «3:kind»}]}
  run: «4:effect»
  because: «5:because»"""
_PINNED = """\
«1:rule»:
  pri: «2:first»
  all:
    - m: {role: «3:role»}
  run: {tier: «4:tier»}
  because: «5:pinned»"""
_HELD = """\
«6:holding»:
  pri: «7:before»
  all:
    - m: {$and: [{result: failure}, {role: «3:role»}, {$gte: {strikes: «8:strikes»}}]}
  run: hold
  because: «9:held»"""
_BOTH = f"tier:\n{indent(_PINNED, '  ')}\noutcome:\n{indent(_HELD, '  ')}"
_TEST = """\
«1:test»:
  role: «2:role»
  expect: {tier: «3:tier»}"""
_HISTORY = """\
«1:test»:
  role: «2:role»
  history:
    - {result: failure, times: «3:before_last», expect: count}
    - {result: failure, expect: {effect: «4:raised», to: «5:top»}}"""
_WORDS = {
    "rule": "name_of_the_rule",
    "holding": "name_of_the_rule_that_holds",
    "test": "name of the test",
    "because": "The reason for the rule.",
    "pinned": "This role always runs on this tier.",
    "held": "This role never escalates; its caller must handle the failure.",
    "effect": "ignore",
    "raised": "escalate",
}
_A_PINNED_ROLE = "a pinned role"
_ALWAYS = "A role that always runs on one tier"


def snippets_at(path: KeyPath, vocabulary: Vocabulary, *, is_test: bool) -> Iterator[Snippet]:
    """Yield the snippets that are entries of the mapping at a path, inside of the sections."""
    for name, description, text in _texts(path, vocabulary, is_test=is_test):
        yield name, description, template_of(text, _words(vocabulary))


def _texts(path: KeyPath, vocabulary: Vocabulary, *, is_test: bool) -> Iterator[tuple[str, str, str]]:
    if is_test and path == ("tests",):
        yield "a test", "A request and its answer.", _TEST
        yield "a test of failures", "A history of outcomes, with what they do.", _HISTORY
    elif is_test:
        return
    elif path == ("rulesets", RulesetName.TIER):
        yield "a rule", "A rule that chooses the tier of a request.", _TIER_RULE
        yield _A_PINNED_ROLE, f"{_ALWAYS}. The ruleset `outcome` needs a rule that holds, too.", _PINNED
    elif path == ("rulesets", RulesetName.OUTCOME):
        yield "a rule", "A rule that chooses the effect of an outcome.", _OUTCOME_RULE
        yield _A_PINNED_ROLE, f"{_ALWAYS} never escalates. The ruleset `tier` needs a rule, too.", _HELD
    elif path == ("rulesets",):
        yield _A_PINNED_ROLE, f"{_ALWAYS}, and never escalates.", _BOTH
    elif not path:
        yield _A_PINNED_ROLE, f"{_ALWAYS}, and never escalates.", f"rulesets:\n{indent(_BOTH, '  ')}"


def _words(vocabulary: Vocabulary) -> dict[str, str]:
    numbers, tiers = vocabulary.numbers, vocabulary.names[Sort.TIER]
    named = {str(sort): _first(vocabulary, sort) for sort in (Sort.TIER, Sort.ROLE, Sort.KIND)}
    return {
        **_WORDS,
        **named,
        "top": scalar(tiers[-1]) if tiers else named["tier"],
        "pri": str(numbers.before_last(RulesetName.TIER)),
        "first": str(numbers.first(RulesetName.TIER)),
        "before": str(numbers.before_escalations()),
        "strikes": str(numbers.failures),
        "before_last": str(max(1, numbers.failures - 1)),
    }


def _first(vocabulary: Vocabulary, sort: Sort) -> str:
    names = vocabulary.names[sort]
    return scalar(names[0]) if names else f"a_{sort}"
