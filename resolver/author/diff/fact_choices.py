"""Extra facts to choose from in a decision table, with what is left of the diagrams for each choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from resolver.author.diff.difference import FactValue
from resolver.author.diff.fact_values import values_of
from resolver.domain import Facts, Value
from resolver.frozen import frozen
from resolver.table import Answer, DecisionTable, Question

MOST_VALUES, MOST_BRANCHES = 1_000, 100_000
"""Values of one fact that can be chosen, and branches of all diagrams together."""


@frozen
class FactChoice:
    """A fact that rules read, with its values; `given` is the index of the value that is chosen at first, if any."""

    name: str
    values: tuple[FactValue, ...]
    given: int | None = None


@frozen
class Choices:
    """The facts to choose from, and for each policy what requests get.

    `nodes` maps a node of a policy's diagram to the index of a fact and to a node for each choice: no value, then each
    value. `answers` maps a leaf to its answer.
    """

    facts: tuple[FactChoice, ...]
    nodes: tuple[Mapping[int, tuple[int, tuple[int, ...]]], ...]
    answers: tuple[Mapping[int, Answer], ...]


def choices(tables: tuple[DecisionTable, ...], starts: tuple[Iterable[int], ...], given: Facts) -> Choices | None:
    """Return the facts of the last table to choose from; None if there are none, or too many choices.

    Args:
        tables: The tables of one policy, or of two compared policies.
        starts: For each table, the nodes of requests at which only extra facts are still unknown.
        given: The facts that are chosen at first.

    """
    questions = [table.tier for table in tables]
    read = [
        fact
        for fact in tables[-1].policy.facts.values()
        if any(fact.name in question.universe.levels for question in questions)
    ]
    options = {fact.name: [*values_of(fact, questions)] for fact in read}
    if not read or max(map(len, options.values())) > MOST_VALUES:
        return None
    order = {name: index for index, name in enumerate(options)}
    nodes: list[dict[int, tuple[int, tuple[int, ...]]]] = []
    left = MOST_BRANCHES
    for question, at in zip(questions, starts, strict=True):
        nodes.append({})
        for node in question.diagram.nodes(*at):
            if node >= 0:
                fact = question.universe.variables[question.diagram.level[node]].facts[0]
                values: list[Value | None] = [None, *(value for value, _ in options.get(fact, ()))]
                left -= len(values)
                if left < 0:
                    return None
                nodes[-1][node] = order.get(fact, -1), tuple(_below(question, node, fact, value) for value in values)
    facts = tuple(
        FactChoice(name, tuple(words for _, words in listed), _index(given.get(name), listed))
        for name, listed in options.items()
    )
    return Choices(facts, tuple(nodes), tuple(dict(_answers(q, at)) for q, at in zip(questions, starts, strict=True)))


def _below(question: Question, node: int, fact: str, value: Value | None) -> int:
    """Return the child of a node; a policy that does not know the value answers as if the request did not have it."""
    try:
        return question.below(node, fact, value)
    except KeyError:
        return question.below(node, fact, None)


def _answers(question: Question, starts: Iterable[int]) -> Iterator[tuple[int, Answer]]:
    for leaf in question.diagram.leaves(*starts):
        yield leaf, question.answer(leaf)


def _index(value: Value | None, listed: list[tuple[Value, FactValue]]) -> int | None:
    """Return the index of the text, or of the range that has the number."""
    for index, (_, words) in enumerate(listed):
        if isinstance(words, str):
            if words == value:
                return index
        elif isinstance(value, int):
            first, last = words
            if (first is None or first <= value) and (last is None or value <= last):
                return index
    return None
