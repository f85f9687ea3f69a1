"""Comparisons of a fact with literals, by the meaning of an operator."""

from __future__ import annotations

import re

from resolver.domain import Absent, Compare, Condition, Equal, Fact, Integer, Present, Text, Unequal
from resolver.loader.foreign.operator_names import meanings
from resolver.loader.foreign.written_conditions import Order, joined, negated

LiteralValue = str | int | float | bool | None
_ORDER: dict[str, Order] = {"gt": "$gt", "gte": "$gte", "lt": "$lt", "lte": "$lte"}
TIER_FACTS = ("_tier", "role_default", "phase_override")
"""Ends of the names of facts that hold tiers, whose values are in the order of the ladder."""
FLIPPED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte", "eq": "eq", "ne": "ne"}
"""Meanings of operators after the operands changed places."""

_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
"""Words for true and false. A null is neither: MongoDB reads it as false, and other languages as a missing operand."""


def compared(fact: Fact, meaning: str, literals: list[LiteralValue]) -> Condition | None:
    """Return the condition that compares `fact` with `literals`, None if policies have no such condition.

    >>> compared(Fact("strikes", Integer()), "gte", [3])
    Compare(operator='$gte', fact='strikes', value=3)
    """
    if meaning in ("exists", "missing"):
        is_wanted = True if not literals else _BOOLEANS.get(str(literals[0]).lower()) if len(literals) == 1 else None
        if is_wanted is None:
            return None
        return Present(fact.name) if is_wanted == (meaning == "exists") else Absent(fact.name)
    if literals == [None] and meaning in ("eq", "ne"):
        return Absent(fact.name) if meaning == "eq" else Present(fact.name)
    values = [value for literal in literals if (value := _value(fact, literal)) is not None]
    if len(values) < len(literals) or not values:
        return None
    if meaning in ("eq", "in"):
        return Equal(fact.name, tuple(values))
    if meaning in ("ne", "nin", "not"):
        return joined([Unequal(fact.name, value) for value in values], by_and=True)
    if not isinstance(fact.domain, Integer):
        return _of_tiers(fact, meaning, values)
    numbers = [value for value in values if isinstance(value, int)]
    if meaning == "between" and len(numbers) == 2:
        lowest, highest = sorted(numbers)
        bounds: list[Condition] = [Compare("$gte", fact.name, lowest), Compare("$lte", fact.name, highest)]
        return joined(bounds, by_and=True)
    if meaning in _ORDER and len(numbers) == 1:
        return Compare(_ORDER[meaning], fact.name, numbers[0])
    return None


def _of_tiers(fact: Fact, meaning: str, values: list[str | int]) -> Condition | None:
    """Return the list of tiers above or below one; other texts have no order."""
    tiers = fact.domain.values if isinstance(fact.domain, Text) and fact.name.endswith(TIER_FACTS) else ()
    if meaning not in _ORDER or len(values) != 1 or values[0] not in tiers:
        return None
    rank = tiers.index(str(values[0]))
    chosen = {"gt": tiers[rank + 1 :], "gte": tiers[rank:], "lt": tiers[:rank], "lte": tiers[: rank + 1]}[meaning]
    return Equal(fact.name, chosen) if chosen else None


def _value(fact: Fact, literal: LiteralValue) -> str | int | None:
    """Return the value of `fact` that a literal means, None if it has no such value."""
    if not isinstance(fact.domain, Integer):
        known = fact.domain.values if isinstance(fact.domain, Text) else ()
        return literal if isinstance(literal, str) and literal and (not known or literal in known) else None
    text = literal.strip() if isinstance(literal, str) else str(literal)
    if isinstance(literal, bool) or not re.fullmatch(r"[-+]?[0-9]{1,18}(\.0+)?", text, re.ASCII):
        return None
    number = int(text.partition(".")[0])
    return number if fact.domain.lowest <= number <= fact.domain.highest_literal else None


_RANGE = re.compile(r"(\d{1,18})\s*(?:\.\.\.?|-|–|to)\s*(\d{1,18})")
_LEAST = re.compile(r"(\d{1,18})\s*(?:\+|(?:and|or) (?:more|above|up|higher))")
_MOST = re.compile(r"(\d{1,18})\s*(?:and|or) (?:less|below|fewer|lower)")
_IN_WORDS = re.compile(r"([a-z]+(?: [a-z]+)*) (\d{1,18})")
_LIST = re.compile(r"\s*(?:\|\|?|,|;|\bor\b)\s*")


def meant_by_text(fact: Fact, text: str) -> Condition | None:
    """Return the condition that a value such as `3+`, `3..5`, `!a` or `a|b` means, None if it means none.

    Args:
        fact: The fact that has the value.
        text: The value.

    """
    if match := _RANGE.fullmatch(text):
        return compared(fact, "between", [match[1], match[2]])
    if match := _LEAST.fullmatch(text):
        return compared(fact, "gte", [match[1]])
    if match := _MOST.fullmatch(text):
        return compared(fact, "lte", [match[1]])
    if (match := _IN_WORDS.fullmatch(text)) and (found := meanings(match[1])):
        return compared(fact, found[0], [match[2]])
    if text.startswith("!") and not text.startswith("!="):
        inner = compared(fact, "eq", [text.lstrip("! ")])
        return negated(inner) if inner else None
    parts = [part for part in _LIST.split(text) if part]
    return compared(fact, "in", [*parts]) if len(parts) > 1 else None
