"""The places in files of a policy and of tests at which names are written, by their path, and the sort of each name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from resolver.author.completion.open_frames import KeyPath
from resolver.domain import RulesetName
from resolver.frozen import frozen
from resolver.schema import OPERATORS
from resolver.schema.names import ROOT


class Sort(StrEnum):
    """The sorts of names and words of a policy."""

    TIER = "tier"
    ROLE = "role"
    PHASE = "phase"
    TRIAD = "triad"
    KIND = "kind"
    PROVIDER = "provider"
    SUBJECT = "subject"
    FACT = "fact"
    RULE = "rule"
    CONDITION = "condition"
    """A key of a condition: a fact or an operator."""
    FACT_VALUE = "value"
    REFERENCE = "reference"
    """The key `$m`."""
    REFERRED = "referred fact"
    """A fact whose value is meant: the one behind `$m`."""


@frozen
class NamePlace:
    """A place at which a name is written.

    Args:
        sort: The sort of the name.
        defines: Whether the policy has the name because it is written here.
        ruleset: The ruleset to which the rule or the condition belongs, None outside of them.
        fact: The fact that the name is a value of, or that is compared with it.
        operator: The operator around it, empty if there is none.
    """

    sort: Sort
    defines: bool = False
    ruleset: RulesetName | None = None
    fact: str = ""
    operator: str = ""


_DEFINED = {
    "model_tiers/ladder/#": Sort.TIER,
    "model_tiers/phases/#": Sort.PHASE,
    "model_tiers/triads/#": Sort.TRIAD,
    "model_tiers/kinds/#": Sort.KIND,
    "model_tiers/provider_order/#": Sort.PROVIDER,
}
_USED = {
    "model_tiers/role_defaults/*": Sort.TIER,
    "model_tiers/phase_overrides/*/*": Sort.TIER,
    "model_tiers/escalation_state/*": Sort.TIER,
    "rulesets/tier/*/run/tier": Sort.TIER,
    "rulesets/outcome/*/run/escalate_to": Sort.TIER,
}
_DEFINED_KEYS = {
    "model_tiers/tiers": Sort.TIER,
    "model_tiers/tiers/*/providers": Sort.PROVIDER,
    "model_tiers/providers": Sort.PROVIDER,
    "model_tiers/role_defaults": Sort.ROLE,
    "model_tiers/phase_overrides": Sort.PHASE,
    "model_tiers/phase_overrides/*": Sort.ROLE,
    "model_tiers/escalation_state": Sort.SUBJECT,
    "facts": Sort.FACT,
    "rulesets/tier": Sort.RULE,
    "rulesets/outcome": Sort.RULE,
}
_IN_TESTS = {
    "tests/*/triad": Sort.TRIAD,
    "tests/*/triad/#": Sort.TRIAD,
    "tests/*/role": Sort.ROLE,
    "tests/*/role/#": Sort.ROLE,
    "tests/*/phase": Sort.PHASE,
    "tests/*/phase/#": Sort.PHASE,
    "tests/*/escalated_tier": Sort.TIER,
    "tests/*/facts/*": Sort.FACT_VALUE,
    "tests/*/expect": Sort.TIER,
    "tests/*/expect/tier": Sort.TIER,
    "tests/*/expect/rule": Sort.RULE,
    "tests/*/history/#/kind": Sort.KIND,
    "tests/*/history/#/phase": Sort.PHASE,
    "tests/*/history/#/facts/*": Sort.FACT_VALUE,
    "tests/*/history/#/ran_on": Sort.TIER,
    "tests/*/history/#/expect/rule": Sort.RULE,
    "tests/*/history/#/expect/to": Sort.TIER,
    "tests/*/history/#/expect/tier": Sort.TIER,
}
_KEYS_IN_TESTS = {
    "tests/*/facts": Sort.FACT,
    "tests/*/history/#/facts": Sort.FACT,
    "tests/*/expect/models": Sort.PROVIDER,
    "tests/*/expect/options": Sort.PROVIDER,
}
_NAMED_FACTS = {"role": Sort.ROLE, "phase": Sort.PHASE, "triad": Sort.TRIAD, "kind": Sort.KIND}
"""Facts whose values are names that rules may be the first to have."""
JOINING = ("$and", "$or")
"""Operators that take a list of conditions."""


def place_of(path: KeyPath, *, is_key: bool, is_test: bool) -> NamePlace | None:
    """Return what a name at this place is, None if no name of the policy belongs there.

    Args:
        path: The path of the value; of a key, the path of its mapping.
        is_key: Whether it is a key.
        is_test: Whether the file has tests.

    >>> place_of(("model_tiers", "role_defaults"), is_key=True, is_test=False).sort.value
    'role'
    """
    path = in_sections(path)
    if path[:1] == ("rulesets",) and len(path) > 2:
        ruleset = RulesetName(path[1]) if path[1] in tuple(RulesetName) else None
        if ruleset is not None and path[3:6] == ("all", 0, "m"):
            return _in_condition(path[6:], ruleset, is_key=is_key)
        if ruleset is not None and path[3:4] == ("run",) and len(path) > 4:
            return _in_effect(path[4:], ruleset, is_key=is_key)
    trees = _TEST_TREES if is_test else _POLICY_TREES
    found: NamePlace | None = _found(trees[is_key], path)
    if found is None or found.sort not in (Sort.RULE, Sort.FACT_VALUE):
        return found
    if found.sort is Sort.FACT_VALUE:
        return NamePlace(Sort.FACT_VALUE, fact=str(path[-1]))
    is_outcome = "history" in path[2:3] if is_test else path[1] == RulesetName.OUTCOME
    return NamePlace(Sort.RULE, found.defines, RulesetName.OUTCOME if is_outcome else RulesetName.TIER)


def in_sections(path: KeyPath) -> KeyPath:
    """Return a path inside the sections, which an application's file may have under `config`."""
    return path[1:] if path[:1] == (ROOT,) else path


def _in_condition(path: KeyPath, ruleset: RulesetName, *, is_key: bool) -> NamePlace | None:
    while len(path) > 1 and path[0] in JOINING and isinstance(path[1], int):
        path = path[2:]
    operator = ""
    if path and path[0] in OPERATORS:
        operator, path = str(path[0]), path[1:]
    if operator in JOINING:
        return None
    if is_key and not path:
        return NamePlace(Sort.CONDITION if not operator else Sort.FACT, ruleset=ruleset, operator=operator)
    if not path or not isinstance(path[0], str):
        return None
    fact, rest = path[0], path[1:]
    if is_key:
        return NamePlace(Sort.REFERENCE, False, ruleset, fact, operator) if not rest else None
    if rest == ("$m",):
        return NamePlace(Sort.REFERRED, False, ruleset, fact, operator)
    if rest and not (len(rest) == 1 and isinstance(rest[0], int)):
        return None
    return NamePlace(Sort.FACT_VALUE, fact in _NAMED_FACTS, ruleset, fact, operator)


def _in_effect(path: KeyPath, ruleset: RulesetName, *, is_key: bool) -> NamePlace | None:
    if path[0] != TARGET_KEYS[ruleset]:
        return None
    if is_key:
        return NamePlace(Sort.REFERENCE, ruleset=ruleset) if len(path) == 1 else None
    if len(path) == 1:
        return NamePlace(Sort.TIER, ruleset=ruleset)
    return NamePlace(Sort.REFERRED, ruleset=ruleset) if path[1:] == ("$m",) else None


TARGET_KEYS: Mapping[RulesetName, str] = {RulesetName.TIER: "tier", RulesetName.OUTCOME: "escalate_to"}
"""The key of the tier in an effect."""


def name_sort(fact: str) -> Sort | None:
    """Return the sort of the names that are values of a fact, None for other facts."""
    return _NAMED_FACTS.get(fact)


_Tree = dict[str | None, Any]


def _tree(*tables: tuple[Mapping[str, Sort], bool]) -> _Tree:
    tree: _Tree = {}
    for table, defines in tables:
        for pattern, sort in table.items():
            node = tree
            for part in pattern.split("/"):
                node = node.setdefault(part, {})
            node[None] = NamePlace(sort, defines)
    return tree


def _found(tree: _Tree, path: Iterable[int | str]) -> NamePlace | None:
    node = tree
    for part in path:
        wild = node.get("#") if isinstance(part, int) else node.get("*")
        below = node.get(part, wild) if isinstance(part, str) else wild
        if below is None:
            return None
        node = below
    found: NamePlace | None = node.get(None)
    return found


_POLICY_TREES = {True: _tree((_DEFINED_KEYS, True)), False: _tree((_DEFINED, True), (_USED, False))}
_TEST_TREES = {True: _tree((_KEYS_IN_TESTS, False)), False: _tree((_IN_TESTS, False))}
