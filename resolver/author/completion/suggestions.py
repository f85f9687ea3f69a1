"""Suggestions for the word at a cursor: keys of the schema, names of the policy, operators, effects and snippets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import islice, product

from resolver.author.completion.condition_values import ORDER, PRESENCE, conditions_at, operands
from resolver.author.completion.cursor import Cursor
from resolver.author.completion.name_places import TARGET_KEYS, NamePlace, Sort, in_sections, place_of
from resolver.author.completion.open_frames import KeyPath
from resolver.author.completion.snippets import snippets_at
from resolver.author.completion.templates import Blank, Template
from resolver.author.completion.vocabulary import Vocabulary
from resolver.domain import Fact, Integer, RulesetName, Subject, Text
from resolver.frozen import frozen
from resolver.schema import EFFECTS, EXPECTED_EFFECTS, FACTS, OPERATORS, TARGETS
from resolver.schema.composite_kinds import Entries, Keys
from resolver.schema.descriptions import description_of
from resolver.schema.kinds import Boolean, Choice, Kind
from resolver.schema.kinds_at_path import kinds_at
from resolver.schema.policy_tests import TESTS
from resolver.schema.shapes import POLICY
from resolver.yaml_text.quoting import scalar

_MOST_SUBJECTS = 20_000
"""Pairs of a triad and a role that are looked at."""
_ENTRIES = ("model_tiers", "escalation_state")
_INSTEAD = {"values": "integer", "integer": "values", "expect": "history", "history": "expect"}
"""Keys of which a mapping has one or the other."""


class SuggestionSort(StrEnum):
    """The sorts of suggestions, with the word by which the Language Server Protocol knows each."""

    KEY = "Property"
    NAME = "Reference"
    VALUE = "EnumMember"
    FACT = "Variable"
    OPERATOR = "Operator"
    CODE = "Value"
    SNIPPET = "Snippet"


@frozen
class Suggestion:
    """One suggestion.

    Args:
        text: The name, the key or the value; of code, what people see.
        sort: Its sort.
        detail: What it is, in a few words.
        description: What it means.
        code: YAML to write instead of the text, empty for a text that is written as a scalar.
        is_key: Whether it is a key.
        opens: Whether the value of the key is a mapping.
    """

    text: str
    sort: SuggestionSort
    detail: str = ""
    description: str = ""
    code: Template = ()
    is_key: bool = False
    opens: bool = False


_REFERENCE = Suggestion(
    "{$m: …}", SuggestionSort.CODE, "another fact of the same event", code=("{$m: ", Blank(1, "fact"), "}")
)


def suggestions_at(cursor: Cursor, vocabulary: Vocabulary, *, is_test: bool) -> Iterator[Suggestion]:
    """Yield everything that can be written at a cursor, what fits best first."""
    taken = cursor.keys
    if cursor.mapping is not None:
        elsewhere = vocabulary.given_elsewhere.get(in_sections(cursor.mapping), frozenset())
        for suggestion in _keys(in_sections(cursor.mapping), vocabulary, is_test=is_test, taken=taken):
            if suggestion.text not in taken and suggestion.text not in elsewhere:
                yield replace(suggestion, is_key=True)
    if cursor.value is not None:
        for suggestion in _values(in_sections(cursor.value), vocabulary, is_test=is_test):
            if suggestion.code or suggestion.text not in taken:
                yield suggestion
        if cursor.mapping is None and not is_test:
            for name, meaning, template in conditions_at(in_sections(cursor.value), vocabulary):
                yield Suggestion(name, SuggestionSort.CODE, "condition", meaning, template)
    is_new = not (cursor.is_flow or cursor.quote or cursor.has_colon)
    if cursor.mapping is not None and is_new and taken.isdisjoint(("rulesets", *RulesetName)):
        for name, description, template in snippets_at(in_sections(cursor.mapping), vocabulary, is_test=is_test):
            yield Suggestion(name, SuggestionSort.SNIPPET, "snippet", description, template)


def _keys(path: KeyPath, vocabulary: Vocabulary, *, is_test: bool, taken: frozenset[str]) -> Iterator[Suggestion]:
    place = place_of(path, is_key=True, is_test=is_test)
    if place is not None:
        if not (taken and place.sort in (Sort.CONDITION, Sort.REFERENCE)):  # these have one key
            yield from _named_keys(place, vocabulary)
        return
    for kind in kinds_at(TESTS if is_test else POLICY, path):
        if isinstance(kind, Keys):
            for name, key in kind.keys.items():
                if _INSTEAD.get(name) in taken:
                    continue
                opens = any(isinstance(each, Keys | Entries) for each in kinds_at(key.kind, ()))
                detail = "required" if key.required else ""
                yield Suggestion(name, SuggestionSort.KEY, detail, description_of(key), opens=opens)
    if not is_test and path[:1] == ("rulesets",) and len(path) > 3:
        yield from _keys_by_hand(path, first_only=bool(taken))


def _keys_by_hand(path: KeyPath, *, first_only: bool) -> Iterator[Suggestion]:
    ruleset = next((each for each in RulesetName if each == path[1]), None)
    if ruleset is None or first_only:
        return
    if path[3:] == ("run",):
        key = TARGET_KEYS[ruleset]
        yield Suggestion(key, SuggestionSort.KEY, "effect", TARGETS[key])
    elif path[3:] == ("all", 0):
        yield Suggestion("m", SuggestionSort.KEY, "required", "The condition.", opens=True)


def _named_keys(place: NamePlace, vocabulary: Vocabulary) -> Iterator[Suggestion]:
    ruleset = place.ruleset
    if place.sort is Sort.REFERENCE:
        if _referable(place, vocabulary):
            yield Suggestion("$m", SuggestionSort.OPERATOR, "reference", "The value of another fact of the same event.")
    elif place.sort in (Sort.CONDITION, Sort.FACT) and ruleset is not None:
        for fact in operands(place.operator, ruleset, vocabulary):
            yield _fact(fact)
        if place.sort is Sort.CONDITION:
            for name, meaning in OPERATORS.items():
                if operands(name, ruleset, vocabulary):
                    yield Suggestion(name, SuggestionSort.OPERATOR, "operator", meaning)
    elif place.sort is Sort.FACT:
        yield from map(_fact, vocabulary.own_facts.values())
    elif place.sort is Sort.SUBJECT:
        for triad, role in islice(product(vocabulary.names[Sort.TRIAD], vocabulary.names[Sort.ROLE]), _MOST_SUBJECTS):
            yield Suggestion(f"{triad}:{role}", SuggestionSort.NAME, "triad and role")
    elif place.sort is not Sort.RULE:
        opens = place.defines and place.sort in (Sort.TIER, Sort.PHASE)
        for name in vocabulary.names[place.sort]:
            yield Suggestion(name, SuggestionSort.NAME, str(place.sort), opens=opens)


def _fact(fact: Fact) -> Suggestion:
    values = ", ".join(fact.domain.values[:6]) if isinstance(fact.domain, Text) else ""
    what = "a number" if isinstance(fact.domain, Integer) else values or "a name"
    return Suggestion(fact.name, SuggestionSort.FACT, f"fact: {what}", FACTS.get(fact.name) or fact.description)


def _values(path: KeyPath, vocabulary: Vocabulary, *, is_test: bool) -> Iterator[Suggestion]:
    place = place_of(path, is_key=False, is_test=is_test)
    if path[:2] == _ENTRIES and Subject.parse(str(path[-1])) is None:  # the triad of an entry, half typed
        return
    if place is not None:
        yield from _named_values(place, vocabulary, is_item=isinstance(path[-1], int))
    if not is_test and path[:1] == ("rulesets",) and len(path) == 4:
        yield from _values_by_hand(path, vocabulary)
    for kind in kinds_at(TESTS if is_test else POLICY, path):
        yield from _of_kind(kind)


def _of_kind(kind: Kind) -> Iterator[Suggestion]:
    if isinstance(kind, Choice):
        for value in kind.own_schema()["enum"]:
            yield Suggestion(value, SuggestionSort.VALUE, description=EXPECTED_EFFECTS.get(value, ""))
    elif isinstance(kind, Boolean):
        yield Suggestion("true", SuggestionSort.CODE, code=("true",))  # the other one says nothing


def _named_values(place: NamePlace, vocabulary: Vocabulary, *, is_item: bool) -> Iterator[Suggestion]:
    if place.sort is Sort.RULE and place.ruleset is not None:
        for name in vocabulary.rules[place.ruleset]:
            yield Suggestion(name, SuggestionSort.NAME, f"rule of {place.ruleset}")
    elif place.sort is Sort.REFERRED and place.ruleset is not None:
        yield from map(_fact, _referable(place, vocabulary))
    elif place.sort is Sort.FACT_VALUE:
        yield from _fact_values(place, vocabulary, is_item=is_item)
    elif place.sort in vocabulary.names:
        for name in vocabulary.names[place.sort]:
            yield Suggestion(name, SuggestionSort.NAME, str(place.sort))
        if place.sort is Sort.TIER and place.ruleset is not None:
            yield _REFERENCE


def _fact_values(place: NamePlace, vocabulary: Vocabulary, *, is_item: bool) -> Iterator[Suggestion]:
    if place.operator in PRESENCE:
        yield Suggestion("1", SuggestionSort.CODE, OPERATORS[place.operator], code=("1",))
        return
    if place.operator in ORDER:
        return
    for value in vocabulary.values(place.fact, place.ruleset):
        yield Suggestion(value, SuggestionSort.VALUE, f"value of {place.fact}")
    if not is_item and _referable(place, vocabulary):
        yield _REFERENCE


def _referable(place: NamePlace, vocabulary: Vocabulary) -> list[Fact]:
    """Return the facts that `$m` can name: those that compare with the fact around it, or those that hold a tier."""
    if place.ruleset is None or place.operator not in ("", "$neq"):
        return []
    facts = vocabulary.facts(place.ruleset)
    fact = facts.get(place.fact) if place.fact else Fact("", Text(vocabulary.names[Sort.TIER]))
    return [other for other in facts.values() if fact is not None and other != fact and fact.is_comparable(other)]


def _values_by_hand(path: KeyPath, vocabulary: Vocabulary) -> Iterator[Suggestion]:
    ruleset = next((each for each in RulesetName if each == path[1]), None)
    if ruleset is None:
        return
    if path[3] == "pri":
        pri = str(vocabulary.numbers.before_last(ruleset))
        yield Suggestion(pri, SuggestionSort.CODE, "a free number", code=(pri,))
    if path[3] == "all":
        condition = "The rule's one pattern."
        yield Suggestion(
            "[{m: …}]", SuggestionSort.CODE, "pattern", condition, ("[{m: {", Blank(1, "fact: value"), "}}]")
        )
    if path[3] != "run":
        return
    if ruleset is RulesetName.OUTCOME:
        for name, meaning in EFFECTS.items():
            yield Suggestion(name, SuggestionSort.VALUE, "effect", meaning)
    key = TARGET_KEYS[ruleset]
    meaning = TARGETS[key]
    yield Suggestion(f"{{{key}: …}}", SuggestionSort.CODE, "effect", meaning, (f"{{{key}: ", Blank(1, "tier"), "}"))
    for tier in vocabulary.names[Sort.TIER]:
        code = f"{{{key}: {scalar(tier)}}}"
        yield Suggestion(code, SuggestionSort.CODE, "effect", meaning, (code,))
    referred: Template = (f"{{{key}: {{$m: ", Blank(1, "fact"), "}}")
    yield Suggestion(f"{{{key}: {{$m: …}}}}", SuggestionSort.CODE, "effect", meaning, referred)
