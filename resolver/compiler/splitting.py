"""Splits rules into pieces of the size that the engine answers correctly and fast."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from math import ceil, prod
from typing import TypeVar

from resolver.compiler.definitions import MOST_CONDITIONS, EngineRule, engine_rule
from resolver.domain import Absent, And, Compare, Condition, Equal, Or, SameAs, Value
from resolver.domain.conditions import Atom, atoms

T = TypeVar("T")

MOST_STEPS = 31
"""The largest number of steps of one engine rule."""
MOST_MATCHES = 250
"""Ways in which one event can match one engine rule; the engine tries all of them."""
MOST_CASES = 50
"""Cases of one engine rule that it is asked about, if splitting makes them fewer."""
MOST_PIECES = 5_000
"""The largest number of engine rules into which one rule is cut."""


class TooLargeError(Exception):
    """There are more cases than the engine can hold, or can answer in some seconds."""


def engine_rules(condition: Condition) -> list[EngineRule]:
    """Return `condition` as engine rules that together match the same events: one rule, unless it is too large.

    Raises:
        TooLargeError: The condition needs more than `MOST_PIECES` rules, or a piece of it cannot be cut small enough.

    >>> [rule.definition for rule in engine_rules(Equal("role", ("critic",)))]
    [[{'m': {'$and': [{'k': 1}, {'role': 'critic'}]}}]]
    """
    pieces = list(islice(_pieces(_flat(condition)), MOST_PIECES + 1))
    if len(pieces) > MOST_PIECES:
        raise TooLargeError
    return [engine_rule(piece) for piece in pieces]


def _pieces(condition: Condition) -> Iterator[Condition]:
    fills = _fills(condition)
    if (fill := max(fills)) > 1:
        index = fills.index(fill)
        pieces = _cut(condition, ceil(fill), lambda part: _fills(part)[index])
        if len(pieces) < 2:
            raise TooLargeError
    else:
        pieces = _cut(condition, 2, _cases) if _cases(condition) > MOST_CASES else []
        if len(pieces) < 2 or sum(map(_cases, pieces)) >= _cases(condition):
            yield condition
            return
    for piece in pieces:
        yield from _pieces(piece)


def _cut(condition: Condition, count: int, measure: Callable[[Condition], float]) -> list[Condition]:
    """Return `condition` in `count` pieces, or fewer if it has fewer alternatives.

    An `$and` is split at the alternatives of its largest part.
    """
    match condition:
        case And(parts):
            cuts = [(index, cut) for index, part in enumerate(parts) if len(cut := _cut(part, count, measure)) > 1]
            if not cuts:
                return [condition]
            index, cut = max(cuts, key=lambda choice: measure(parts[choice[0]]))
            return [_flat(And((*parts[:index], piece, *parts[index + 1 :]))) for piece in cut]
        case Or(parts):
            return [_flat(Or(chunk)) for chunk in _chunks(parts, count)]
        case Equal(fact, values):
            return [Equal(fact, chunk) for chunk in _chunks(values, count)]
    return [condition]


def _chunks(items: tuple[T, ...], count: int) -> list[tuple[T, ...]]:
    size = ceil(len(items) / count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _flat(condition: Condition) -> Condition:
    """Return `condition` without an `$and` inside an `$and`, an `$or` inside an `$or`, or a join of a single part.

    In an `$or`, all equalities on one fact become one equality with several values, because an event has at most one
    value of a fact.
    """
    if not isinstance(condition, And | Or):
        return condition
    kind = type(condition)
    parts: list[Condition] = []
    for part in map(_flat, condition.parts):
        parts += part.parts if isinstance(part, kind) else [part]
    if kind is Or:
        sets: defaultdict[str, dict[Value, None]] = defaultdict(dict)
        for part in parts:
            if isinstance(part, Equal):
                sets[part.fact].update(dict.fromkeys(part.values))
        merged = [Equal(fact, tuple(values)) for fact, values in sets.items()]
        parts = [*merged, *(part for part in parts if not isinstance(part, Equal))]
    return kind(tuple(parts)) if len(parts) > 1 else parts[0]


def _fills(condition: Condition) -> tuple[float, float, float]:
    """Return the largest share of the engine's limits (weight, steps, matches) that a rule of this condition needs."""
    rule = engine_rule(condition)
    return rule.weight / (MOST_CONDITIONS - 1), rule.steps / MOST_STEPS, _ways(condition) / MOST_MATCHES


def _ways(condition: Condition) -> int:
    """Return the largest number of ways in which one event can match `condition`."""
    if isinstance(condition, And):
        return prod(map(_ways, condition.parts))
    if not isinstance(condition, Or):
        return 1
    with_fact, without = Counter[str](), Counter[str]()
    for part in condition.parts:
        if isinstance(part, Atom):
            (without if isinstance(part, Absent) else with_fact)[part.fact] += 1
    joined = sum(_ways(part) for part in condition.parts if isinstance(part, And | Or))
    return joined + sum(max(with_fact[fact], without[fact]) for fact in with_fact | without)


def _cases(condition: Condition) -> int:
    """Estimate the number of cases that a rule can distinguish: the product, over its facts, of the values it tests."""
    tests: Counter[str] = Counter()
    for atom in {*atoms(condition)}:
        tests[atom.fact] += 1 + isinstance(atom, Compare)
        if isinstance(atom, SameAs):
            tests[atom.other] += 1
    return prod(2 + count for count in tests.values())
