"""Writes conditions in the form of policies, on one line, and negates them."""

from __future__ import annotations

from typing import Literal

from resolver.domain import Absent, And, Compare, Condition, Equal, Or, Present, SameAs, Unequal
from resolver.yaml_text.quoting import scalar

LONGEST = 400
"""The largest number of characters of a condition that is suggested."""
MATCH_ALWAYS = "to match always, write `{$ex: {role: 1}}`"

Order = Literal["$lt", "$lte", "$gt", "$gte"]
_OPPOSITE: dict[Order, Order] = {"$lt": "$gte", "$lte": "$gt", "$gt": "$lte", "$gte": "$lt"}


def written(condition: Condition) -> str:
    """Return `condition` as a rule file has it.

    >>> written(And((Equal("result", ("failure",)), Compare("$gte", "strikes", 3))))
    '{$and: [{result: failure}, {$gte: {strikes: 3}}]}'
    """
    match condition:
        case Equal(fact, (value,)):
            return f"{{{scalar(fact)}: {_value(value)}}}"
        case Equal(fact, values):
            return f"{{{scalar(fact)}: [{', '.join(_value(value) for value in values)}]}}"
        case Unequal(fact, value):
            return f"{{$neq: {{{scalar(fact)}: {_value(value)}}}}}"
        case Compare(operator, fact, number):
            return f"{{{operator}: {{{scalar(fact)}: {number}}}}}"
        case SameAs(fact, other, equal):
            same = f"{{{scalar(fact)}: {{$m: {scalar(other)}}}}}"
            return same if equal else f"{{$neq: {same}}}"
        case Present(fact):
            return f"{{$ex: {{{scalar(fact)}: 1}}}}"
        case Absent(fact):
            return f"{{$nex: {{{scalar(fact)}: 1}}}}"
        case And(parts):
            return f"{{$and: [{', '.join(written(part) for part in parts)}]}}"
        case Or(parts):
            return f"{{$or: [{', '.join(written(part) for part in parts)}]}}"


def _value(value: str | int) -> str:
    return str(value) if isinstance(value, int) else scalar(value)


def joined(parts: list[Condition], *, by_and: bool) -> Condition:
    """Return several conditions as one; a single condition stays as it is.

    Args:
        parts: One condition or more.
        by_and: Whether all must match, and not one of them.

    """
    kind = And if by_and else Or
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def negated(condition: Condition) -> Condition:
    """Return the condition that holds where `condition` does not, for facts that are present."""
    match condition:
        case Equal(fact, values):
            return joined([Unequal(fact, value) for value in values], by_and=True)
        case Unequal(fact, value):
            return Equal(fact, (value,))
        case Compare(operator, fact, number):
            return Compare(_OPPOSITE[operator], fact, number)
        case SameAs(fact, other, equal):
            return SameAs(fact, other, not equal)
        case Present(fact):
            return Absent(fact)
        case Absent(fact):
            return Present(fact)
        case And(parts):
            return joined([negated(part) for part in parts], by_and=False)
        case Or(parts):
            return joined([negated(part) for part in parts], by_and=True)
