"""Compiles rules into durable-rules definitions, in batches that the engine can hold at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resolver.domain import (
    Absent,
    And,
    Compare,
    Condition,
    Equal,
    Or,
    Present,
    SameAs,
    Unequal,
    facts_of,
)
from resolver.frozen import frozen

MARKER = "k"
"""A fact that every event has: without it, rules made of absences also match the engine's own state."""
MOST_CONDITIONS = 60
"""Conditions and `$or` nodes of one engine ruleset; the engine fails if more than 64 match at once."""

Json = str | int | list["Json"] | dict[str, "Json"]


@frozen
class EngineRule:
    """A rule, or some of its alternatives, as a pattern for the engine.

    `definition` is the pattern, and `facts` are the facts that it reads. `weight` is its number of conditions and `$or`
    nodes. `steps` is the length of the chain that the engine keeps for it: two for each `$and` and each `$or`.
    """

    condition: Condition
    definition: Json
    facts: frozenset[str]
    weight: int
    steps: int


def engine_rule(condition: Condition) -> EngineRule:
    """Return the engine rule for `condition`, without a limit on its size."""
    pattern = _marked(condition)
    weight, steps = _size(pattern)
    return EngineRule(condition, [{"m": pattern}], frozenset(facts_of(condition)), weight, steps)


def batches(rules: Iterable[EngineRule]) -> Iterator[list[EngineRule]]:
    """Yield `rules` in their order, in batches that the engine can hold at once together with one rule of weight 1."""
    batch: list[EngineRule] = []
    weight = 1
    for rule in rules:
        if batch and weight + rule.weight > MOST_CONDITIONS:
            yield batch
            batch, weight = [], 1
        batch.append(rule)
        weight += rule.weight
    if batch:
        yield batch


def _marked(condition: Condition) -> Json:
    """Return the engine's form of a condition, with the marker first."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    return {"$and": [{MARKER: 1}, *map(_json, parts)]}


def _json(condition: Condition) -> Json:
    match condition:
        case Equal(fact, (value,)):
            return {fact: value}
        case Equal(fact, values):
            return {"$or": [{fact: value} for value in values]}
        case Unequal(fact, value):
            return {"$neq": {fact: value}}
        case Compare(operator, fact, value):
            return {operator: {fact: value}}
        case SameAs(fact, other, equal):
            # The engine matches a reference to a missing fact, so a check of its presence comes first.
            same: Json = {fact: {"$m": other}}
            return {"$and": [{"$ex": {other: 1}}, same if equal else {"$neq": same}]}
        case Present(fact):
            return {"$ex": {fact: 1}}
        case Absent(fact):
            return {"$nex": {fact: 1}}
        case And(parts):
            return {"$and": [_json(part) for part in parts]}
        case Or(parts):
            return {"$or": [_json(part) for alternative in parts for part in _single(alternative)]}


def _single(alternative: Condition) -> list[Condition]:
    """Return the engine's form of one part of an `$or`: each of several values is a part of its own."""
    if isinstance(alternative, Equal):
        return [Equal(alternative.fact, (value,)) for value in alternative.values]
    return [alternative]


def _size(written: Json) -> tuple[int, int]:
    """Return the weight and the steps of a condition in the engine's form."""
    assert isinstance(written, dict)
    [(key, inner)] = written.items()
    if key not in ("$and", "$or"):
        return 1, 0
    assert isinstance(inner, list)
    sizes = [_size(part) for part in inner]
    return sum(weight for weight, _ in sizes) + (key == "$or"), sum(steps for _, steps in sizes) + 2
