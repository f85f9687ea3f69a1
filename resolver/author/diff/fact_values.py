"""Values of facts that rules can tell apart: texts by name, and numbers by range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.author.diff.difference import FactValue
from resolver.domain import Fact, Integer, Text, Value
from resolver.domain.facts import LARGEST_INTEGER
from resolver.table import Question


def values_of(fact: Fact, questions: Sequence[Question]) -> Iterator[tuple[Value, FactValue]]:
    """Yield the values of a fact that rules can tell apart.

    Args:
        fact: The fact.
        questions: The rulesets whose rules may read it.

    Yields:
        Pairs. For a text: the value, twice. For an integer: a number of a range that no rule divides, and the range.

    """
    if isinstance(fact.domain, Text):
        yield from ((value, value) for value in fact.domain.values)
    if not isinstance(fact.domain, Integer):
        return
    reading = (question.universe for question in questions if fact.name in question.universe.levels)
    cuts = {cut for universe in reading for cut in universe.variables[universe.levels[fact.name]].cuts}
    lowest = first = fact.domain.lowest
    for cut in sorted(cuts):
        if first < cut:
            yield cut - 1, (None if first == lowest else first, cut - 1)
        yield cut, (cut, cut)
        first = cut + 1
    if first <= LARGEST_INTEGER:
        yield first, (None if first == lowest else first, None)
