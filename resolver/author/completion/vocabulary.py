"""The names that can be written in a policy: those of its texts, even if one of them is not valid YAML now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from resolver.author.completion.cursor import LONGEST_TEXT
from resolver.author.completion.given_keys import given_once, is_given_once
from resolver.author.completion.name_places import NamePlace, Sort, in_sections, name_sort, place_of
from resolver.author.completion.open_frames import KeyPath, Word
from resolver.author.completion.rule_numbers import RuleNumbers, is_number_of_rule, rule_numbers
from resolver.author.completion.tolerant_outline import TolerantOutline
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import ResolverError
from resolver.domain import Fact, FailureKind, Integer, Ladder, RulesetName, Subject, Text, vocabulary
from resolver.frozen import frozen
from resolver.loader import shipped_policy
from resolver.loader.files import policy_files
from resolver.schema import name_problem

_LARGE = 200_000
"""Characters of a text of which few are kept as they were read."""
_Read = tuple[list[tuple[Word, NamePlace]], list[Word]]


@frozen
class Vocabulary:
    """The names of a policy by sort, and its own facts.

    Args:
        names: The names of each sort, each once, in the order of the files.
        rules: The names of the rules of each ruleset.
        own_facts: The facts that the policy declares.
        numbers: The numbers of the rules.
        given_elsewhere: Keys that other files have, and that no second file can have, by the path of their mapping.
    """

    names: Mapping[Sort, tuple[str, ...]]
    rules: Mapping[RulesetName, tuple[str, ...]]
    own_facts: Mapping[str, Fact]
    numbers: RuleNumbers
    given_elsewhere: Mapping[KeyPath, frozenset[str]]

    def facts(self, ruleset: RulesetName) -> Mapping[str, Fact]:
        """Return the facts that the rules of a ruleset can read."""
        return vocabulary(ruleset, Ladder(self.names[Sort.TIER]), self.own_facts)

    def values(self, fact: str, ruleset: RulesetName | None) -> tuple[str, ...]:
        """Return the values that a fact can have, as far as they are texts that are known."""
        sort = name_sort(fact)
        if sort is not None:
            return self.names[sort]
        found = self.own_facts.get(fact) if ruleset is None else self.facts(ruleset).get(fact)
        return found.domain.values if found is not None and isinstance(found.domain, Text) else ()


def vocabulary_of(texts: PolicyTexts, path: Path, word: tuple[int, int] | None = None) -> Vocabulary:
    """Return the names of a policy.

    Args:
        texts: The texts of the policy. A single file has the names of the shipped policy, too, on which it builds.
        path: The path of the file that is being edited.
        word: The start and the end of a word in that file that is only begun, and names nothing.
    """
    found: list[tuple[Word, NamePlace]] = []
    others: list[Word] = []
    elsewhere: list[Word] = []
    for file, text in texts.texts.items():
        if not texts.is_test(file):
            named, rest = _read(text) if file == path else _kept(text)
            found += [each for each in named if file != path or word != (each[0].start, each[0].end)]
            others += rest
            elsewhere += rest if file != path else []
    if not texts.is_directory:
        for text in _shipped_texts():
            named, rest = _kept(text)
            found += named
            others += rest
    names: dict[Sort, dict[str, None]] = {sort: {} for sort in Sort}
    names[Sort.KIND].update(dict.fromkeys(str(kind) for kind in FailureKind))
    rows = [word.text for word, place in found if word.is_key and place.sort is Sort.ROLE]
    names[Sort.ROLE].update(dict.fromkeys(rows))  # before names that only rules have
    rules: dict[RulesetName, dict[str, None]] = {ruleset: {} for ruleset in RulesetName}
    for written, place in found:
        if place.sort is Sort.RULE and place.ruleset is not None:
            rules[place.ruleset][written.text] = None
        sort = name_sort(place.fact) if place.fact else place.sort
        if sort is not None:
            names[sort][written.text] = None
    for subject in map(Subject.parse, names[Sort.SUBJECT]):
        if subject is not None:
            names[Sort.TRIAD][subject.triad] = names[Sort.ROLE][subject.role] = None
    return Vocabulary(
        {sort: _usable(sorts) for sort, sorts in names.items()},
        {ruleset: _usable(of) for ruleset, of in rules.items()},
        _facts(names[Sort.FACT], others),
        rule_numbers(word for word in others if is_number_of_rule(word)),
        given_once(elsewhere),
    )


def _usable(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name and name_problem(name) is None)


def _facts(names: Iterable[str], declared: Iterable[Word]) -> dict[str, Fact]:
    """Return the declared facts; one without values is a number."""
    values: dict[str, list[str]] = {}
    descriptions: dict[str, str] = {}
    for word in declared:
        path = in_sections(word.path)
        if path[:1] != ("facts",):
            continue
        if len(path) == 4 and path[2] == "values":
            values.setdefault(str(path[1]), []).append(word.text)
        elif len(path) == 3 and path[2] == "description":
            descriptions[str(path[1])] = word.text
    return {
        name: Fact(
            name,
            Text(tuple(dict.fromkeys(values[name]))) if name in values else Integer(),
            description=descriptions.get(name, ""),
        )
        for name in _usable(names)
    }


def _kept(text: str) -> _Read:
    """Return what `_read` returns, for a text that is not being edited."""
    return (_kept_large if len(text) > _LARGE else _kept_small)(text)


def _read(text: str) -> _Read:
    """Return the words of a text that give the policy a name, and the words that say more about facts and rules."""
    named: list[tuple[Word, NamePlace]] = []
    others: list[Word] = []
    if len(text) > LONGEST_TEXT:
        return named, others
    for word in TolerantOutline(text).words:
        place = place_of(word.path, is_key=word.is_key, is_test=False)
        if place is not None and place.defines:
            named.append((word, place))
        of_fact = not word.is_key and in_sections(word.path)[:1] == ("facts",)
        if of_fact or is_number_of_rule(word) or is_given_once(word):
            others.append(word)
    return named, others


_kept_small = lru_cache(maxsize=256)(_read)
_kept_large = lru_cache(maxsize=2)(_read)


@lru_cache(maxsize=1)
def _shipped_texts() -> tuple[str, ...]:
    try:
        return tuple(file.read_text(encoding="utf-8") for file in policy_files(shipped_policy()))
    except (ResolverError, OSError):
        return ()
