"""Rules as durable-rules definitions, cut to the size that the engine answers rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

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
"""A fact of every event: without it, rules made of absences also match the engine's own state."""
MOST_CONDITIONS = 60
"""Conditions and `$or` nodes of one engine ruleset; past 64 that match at once the engine fails."""
MOST_JOINS = 14
"""`$and`, `$or` and references of one engine rule; it has room for 31 steps, of which a join takes two."""
MOST_ALTERNATIVES = 2_000
"""Alternatives into which one rule may be taken apart."""

Json = str | int | list["Json"] | dict[str, "Json"]


class TooLargeError(Exception):
    """A rule cannot be cut into pieces that the engine can hold."""


@dataclass(frozen=True, slots=True)
class EngineRule:
    """A rule, or some of its alternatives: the pattern to give to the engine, and the facts that it reads."""

    condition: Condition
    definition: Json
    facts: frozenset[str]
    weight: int


def engine_rules(condition: Condition) -> list[EngineRule]:
    """Return `condition` as engine rules that together match what it matches: one, unless it is too large for one.

    Raises TooLargeError if it has too many alternatives, or one of them is too large.
    """
    whole = _flat(condition)
    pieces = [whole] if _fits(whole) else _packed(_shrunk(alternatives(whole)))
    return [EngineRule(piece, _pattern(piece), frozenset(facts_of(piece)), _weight(piece) + 1) for piece in pieces]


def batches(rules: Iterable[EngineRule]) -> Iterator[list[EngineRule]]:
    """Yield `rules` in their order, in batches that the engine can hold at once."""
    batch: list[EngineRule] = []
    for rule in rules:
        if batch and sum(other.weight for other in batch) + rule.weight + 1 > MOST_CONDITIONS:
            yield batch
            batch = []
        batch.append(rule)
    if batch:
        yield batch


def alternatives(condition: Condition) -> list[Condition]:
    """Return conditions without `$or` of which `condition` is the `$or`; TooLargeError if there are too many."""
    if _count(condition) > MOST_ALTERNATIVES:
        raise TooLargeError
    return [_flat(And(parts)) if len(parts) > 1 else parts[0] for parts in _normal(condition)]


def _count(condition: Condition) -> int:
    if isinstance(condition, Or):
        return sum(map(_count, condition.parts))
    return prod(map(_count, condition.parts)) if isinstance(condition, And) else 1


def _normal(condition: Condition) -> list[tuple[Condition, ...]]:
    if isinstance(condition, Or):
        return [parts for part in condition.parts for parts in _normal(part)]
    if isinstance(condition, And):
        return [sum(chosen, ()) for chosen in product(*map(_normal, condition.parts))]
    return [(condition,)]


def _shrunk(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield `conditions`, those that are too large in halves of their longest list of values."""
    for condition in conditions:
        if _fits(condition):
            yield condition
            continue
        parts = condition.parts if isinstance(condition, And) else (condition,)
        longest = max(
            (part for part in parts if isinstance(part, Equal)), key=lambda part: len(part.values), default=None
        )
        if longest is None or len(longest.values) == 1:
            raise TooLargeError
        half = len(longest.values) // 2
        for values in (longest.values[:half], longest.values[half:]):
            shorter = tuple(Equal(part.fact, values) if part is longest else part for part in parts)
            yield from _shrunk([And(shorter) if len(shorter) > 1 else shorter[0]])


def _packed(pieces: Iterable[Condition]) -> list[Condition]:
    packed: list[Condition] = []
    for piece in pieces:
        joined = _flat(Or((packed[-1], piece))) if packed else piece
        if packed and _fits(joined):
            packed[-1] = joined
        else:
            packed.append(piece)
    return packed


def _fits(condition: Condition) -> bool:
    """Tell whether the engine can hold a rule of this condition, with the marker, and the last rule."""
    return _weight(condition) + 2 <= MOST_CONDITIONS and _joins(condition) <= MOST_JOINS


def _weight(condition: Condition) -> int:
    """Return how many conditions and `$or` nodes the engine gets for `condition`."""
    if isinstance(condition, Equal):
        return len(condition.values) + (len(condition.values) > 1)
    if isinstance(condition, And | Or):
        return sum(map(_weight, condition.parts)) + isinstance(condition, Or)
    return 2 if isinstance(condition, SameAs) else 1


def _joins(condition: Condition) -> int:
    if isinstance(condition, Equal):
        return int(len(condition.values) > 1)
    if isinstance(condition, And | Or):
        return sum(map(_joins, condition.parts)) + 1
    return 2 if isinstance(condition, SameAs) else 0


def _flat(condition: Condition) -> Condition:
    """Return `condition` without an `$and` in an `$and`, an `$or` in an `$or`, or a join of one."""
    if not isinstance(condition, And | Or):
        return condition
    kind = type(condition)
    parts: list[Condition] = []
    for part in map(_flat, condition.parts):
        parts += part.parts if isinstance(part, kind) else [part]
    return kind(tuple(parts)) if len(parts) > 1 else parts[0]


def _pattern(condition: Condition) -> Json:
    """Return the rule's one pattern, with the marker first."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    return [{"m": {"$and": [{MARKER: 1}, *map(_json, parts)]}}]


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
            # The engine lets a reference to a missing fact match, so its presence goes first.
            same: Json = {fact: {"$m": other}}
            return {"$and": [{"$ex": {other: 1}}, same if equal else {"$neq": same}]}
        case Present(fact):
            return {"$ex": {fact: 1}}
        case Absent(fact):
            return {"$nex": {fact: 1}}
        case And(parts):
            return {"$and": [_json(part) for part in parts]}
        case Or(parts):
            return {"$or": [_json(part) for part in parts]}
