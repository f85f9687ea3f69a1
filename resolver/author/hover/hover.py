"""Explains a word of a policy as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from resolver.author.completion.name_places import NamePlace, Sort, name_sort
from resolver.author.hover.name_hovers import fact_hover, phase_hover, role_hover, subject_hover, tier_hover
from resolver.author.hover.rule_hover import rule_hover
from resolver.author.hover.word_at import WordAt
from resolver.diagnostics import ResolverError, as_lines
from resolver.diagnostics.markdown import markdown_code
from resolver.domain import Policy, RulesetName, Text, vocabulary
from resolver.schema import EXPECTED_EFFECTS, OPERATORS, TARGETS
from resolver.schema.descriptions import description_of
from resolver.schema.kinds_at_path import key_at
from resolver.schema.policy_tests import TESTS
from resolver.schema.shapes import POLICY
from resolver.table import DecisionTable, compile_table
from resolver.table.budget import StoppedError, stoppable

_REFERENCE = "The value of another fact of the same event."
_PATTERN = "The rule's condition."


def meaning_of(word: WordAt) -> str:
    """Return what a key, an operator or an effect means, as Markdown; empty for other words.

    >>> from resolver.author.hover.word_at import word_at
    >>> meaning_of(word_at("rulesets: {outcome: {a: {run: hold}}}", 31, is_test=False))
    '`hold`: the streak ends; the tier stays, and the caller learns that the policy held it'
    """
    meaning = _meaning(word)
    return f"{markdown_code(word.text)}: {meaning}" if meaning else ""


def _meaning(word: WordAt) -> str:
    place, path = word.place, word.path
    if not word.is_key:
        is_effect = (path[:1] == ("rulesets",) and path[3:] == ("run",)) or path[-1:] == ("effect",)
        is_effect = is_effect or (word.is_test and path[2:3] == ("history",) and path[-1:] == ("expect",))
        return EXPECTED_EFFECTS.get(word.text, "") if is_effect else ""
    if place is not None:
        if place.sort is Sort.CONDITION:
            return OPERATORS.get(word.text, "")
        return _REFERENCE if place.sort is Sort.REFERENCE and word.text == "$m" else ""
    if path[:1] == ("rulesets",) and not word.is_test and path[3:] in (("run",), ("all", 0)):
        return TARGETS.get(word.text, "") if path[3:] == ("run",) else _PATTERN if word.text == "m" else ""
    key = key_at(TESTS if word.is_test else POLICY, (*path, word.text))
    return "" if key is None else description_of(key)


def explanation_of(word: WordAt, policy: Policy, table: DecisionTable | None, is_over: Callable[[], bool]) -> str:
    """Return what a policy says about a name, as Markdown; empty for other words.

    Args:
        word: The word.
        policy: The policy.
        table: Its decision table, None if it is not proven.
        is_over: Whether the time for the answer is over. What takes longer is left out.
    """
    place = word.place
    if place is None:
        return ""
    return as_lines(*_lines(word, place, policy, table, is_over))


def _lines(
    word: WordAt, place: NamePlace, policy: Policy, table: DecisionTable | None, is_over: Callable[[], bool]
) -> Iterable[str]:
    sort, name = _sort_of(place, policy), word.text
    if sort is Sort.TIER:
        return tier_hover(name, policy)
    if sort is Sort.FACT:
        return fact_hover(name, place.ruleset, policy)
    if sort is Sort.PHASE:
        return phase_hover(name, policy)
    if table is None and (table := _compiled(policy, is_over)) is None:
        return ()
    if sort is Sort.ROLE:
        in_phase = str(word.path[2]) if word.is_key and word.path[:2] == ("model_tiers", "phase_overrides") else None
        return role_hover(name, in_phase, table)
    if sort is Sort.SUBJECT:
        return subject_hover(name, table)
    if sort is Sort.RULE and place.ruleset is not None:
        rules = policy.rules[RulesetName(place.ruleset)]
        rule = next((rule for rule in rules if rule.name == name), None)
        return rule_hover(rule, table, is_over) if rule is not None else ()
    return ()


def _compiled(policy: Policy, is_over: Callable[[], bool]) -> DecisionTable | None:
    """Return the table of a policy that loads but has errors, None if its rules are too complex."""
    try:
        with stoppable(is_over):
            return compile_table(policy)
    except (ResolverError, StoppedError):
        return None


def _sort_of(place: NamePlace, policy: Policy) -> Sort | None:
    """Return the sort of the name at a place; the values of some facts are names, too."""
    if place.sort in (Sort.CONDITION, Sort.REFERRED):
        return Sort.FACT
    if place.sort is not Sort.FACT_VALUE:
        return place.sort
    named = name_sort(place.fact)
    if named is not None or place.ruleset is None:
        return named
    return Sort.TIER if _holds_tiers(place.fact, place.ruleset, policy) else None


def _holds_tiers(fact: str, ruleset: RulesetName, policy: Policy) -> bool:
    ladder = policy.model_tiers.ladder
    found = vocabulary(ruleset, ladder, policy.facts).get(fact)
    return found is not None and isinstance(found.domain, Text) and set(found.domain.values) <= set(ladder.tiers)
