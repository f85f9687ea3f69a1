"""Rules as durable-rules definitions, in batches that the engine can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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

MARKER = "k"
"""A fact that every event has. Without it, rules that only test for absent facts also match the engine's own state."""
MOST_CONDITIONS = 60
"""The largest number of conditions and `$or` nodes in one engine ruleset; the engine fails if more than 64 match."""

Json = str | int | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
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
    """Yield `rules` in the given order, in batches that each fit into one engine ruleset.

    Each batch leaves room for one more rule of weight 1, which matches every event.
    """
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
    """Return the condition in the engine's form, with the marker first."""
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
        case SameAs(fact, second, equal):
            # In the engine, a reference to an absent fact matches, so test first that the fact is present.
            same: Json = {fact: {"$m": second}}
            return {"$and": [{"$ex": {second: 1}}, same if equal else {"$neq": same}]}
        case Present(fact):
            return {"$ex": {fact: 1}}
        case Absent(fact):
            return {"$nex": {fact: 1}}
        case And(parts):
            return {"$and": [_json(part) for part in parts]}
        case Or(parts):
            return {"$or": [_json(part) for alternative in parts for part in _single(alternative)]}


def _single(alternative: Condition) -> list[Condition]:
    """Return one part of an `$or` as parts for the engine, which needs a separate part for each of several values."""
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
