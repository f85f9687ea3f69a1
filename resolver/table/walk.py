"""Walks over several diagrams together, for the same extra facts: leaves that go together, and an example of the facts.

A walk visits only the facts that some diagram tests. Its cost therefore depends on the size of the diagrams, not on how
many facts the policy declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from resolver.domain import Fact, Integer, Text, Value
from resolver.table.budget import Budget
from resolver.table.question import Answer, Question

Extra = tuple[tuple[str, Value], ...]
"""Extra facts of a request as pairs of name and value; all other extra facts are absent."""
_Known = Mapping[str, Value | None]
_Leaves = Mapping[tuple[int, ...], Extra]

MOST_STEPS = 500_000
"""The largest number of steps of all walks of one policy, or of two compared policies: some seconds."""


class Place(NamedTuple):
    """A node of a question's diagram. At this node and below it, the diagram tests only extra facts."""

    question: Question
    node: int


class Walker:
    """Walks diagrams of one policy, or of two compared policies, for the same extra facts.

    Every method that walks raises TooLargeError if all walks together take more than MOST_STEPS.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> walker = Walker([table.policy.facts], [table.tier])
    >>> request = table.tier.after({"triad": "layout", "role": "code_execution"})
    >>> [(answer.tier, extra) for (answer,), extra in walker.answers(Place(table.tier, request))]
    [('fast', ())]
    """

    def __init__(
        self, declared: Sequence[Mapping[str, Fact]], questions: Sequence[Question], budget: Budget | None = None
    ) -> None:
        """Prepare the walks.

        Args:
            declared: The extra facts that each policy declares, by name.
            questions: The questions whose diagrams are walked.
            budget: The steps that the walks may take; None means MOST_STEPS.

        """
        self._branched = {id(question): _branched(question) for question in questions}
        in_order = (
            fact for question in questions for variable in question.universe.variables for fact in variable.facts
        )
        self.values = {
            name: self._values(name, [facts.get(name) for facts in declared], questions)
            for name in dict.fromkeys(in_order)
            if any(name in facts for facts in declared)
        }
        self.facts = frozenset(self.values)
        self._asked: dict[tuple[int, int], frozenset[str]] = {}
        self._ways: dict[tuple[int, int], tuple[str, Mapping[Value | None, int]]] = {}
        self._walked: dict[tuple[object, ...], _Leaves] = {}
        self._budget = Budget(MOST_STEPS) if budget is None else budget

    def leaves(self, *places: Place) -> _Leaves:
        """Return each combination of leaves that the same extra facts reach, one leaf below each of `places`.

        The value of a combination is the smallest set of extra facts that reaches it.

        Raises:
            TooLargeError: The walks take too many steps.

        """
        return self._walk(tuple(place.question for place in places), tuple(place.node for place in places), {})

    def answers(self, *places: Place) -> Iterator[tuple[tuple[Answer, ...], Extra]]:
        """Yield each combination of answers that the same extra facts reach, and the smallest set of those facts.

        Raises:
            TooLargeError: The walks take too many steps.

        """
        for leaves, extra in self.leaves(*places).items():
            yield tuple(place.question.answer(leaf) for place, leaf in zip(places, leaves, strict=True)), extra

    def ways(self, question: Question, node: int) -> tuple[str, Mapping[Value | None, int]]:
        """Return the extra fact that `node` tests, and the node to which each of its values leads."""
        key = (id(question), node)
        if key not in self._ways:
            name = _fact(question, node)
            self._ways[key] = name, {value: question.below(node, name, value) for value in self.values[name]}
        return self._ways[key]

    def _walk(self, questions: tuple[Question, ...], nodes: tuple[int, ...], facts: _Known) -> _Leaves:
        nodes = tuple(_descend(question, node, facts) for question, node in zip(questions, nodes, strict=True))
        if all(node < 0 for node in nodes):
            return {nodes: ()}
        tested = frozenset[str]().union(*map(self._asks, questions, nodes))
        facts = {name: value for name, value in facts.items() if name in tested}
        key = (*map(id, questions), nodes, tuple(facts.items()))
        if key in self._walked:
            return self._walked[key]
        name = next(name for name in self.values if name in tested and name not in facts)
        smallest: dict[tuple[int, ...], Extra] = {}
        for value in self.values[name]:
            own: Extra = () if value is None else ((name, value),)
            below = self._walk(questions, nodes, {**facts, name: value})
            self._budget.take(1 + len(below))
            for leaves, extra in below.items():
                if leaves not in smallest or len(own) + len(extra) < len(smallest[leaves]):
                    smallest[leaves] = (*own, *extra)
        self._walked[key] = smallest
        return smallest

    def _asks(self, question: Question, node: int) -> frozenset[str]:
        """Return the extra facts that are tested at `node` or below it."""
        key = (id(question), node)
        if key not in self._asked:
            diagram = question.diagram
            names = frozenset[str]()
            if node >= 0:
                children = {diagram.otherwise[node], *diagram.branches[node].values()}
                names = frozenset[str]().union(
                    {_fact(question, node)}, *(self._asks(question, child) for child in children)
                )
            self._asked[key] = names
        return self._asked[key]

    def _values(
        self, name: str, declared: Sequence[Fact | None], questions: Sequence[Question]
    ) -> tuple[Value | None, ...]:
        """Return the values of a fact that are possible in all policies: absence (None) first, then the values.

        Values that no diagram tells apart are represented by one of them.
        """
        domains = [fact.domain for fact in declared if fact is not None]
        candidates: Iterable[Value] = ()
        if len(domains) < len(declared):
            pass  # one of the policies does not declare the fact, so no request that both accept gives it
        elif all(isinstance(domain, Integer) for domain in domains):
            candidates = sorted({number for question in questions for number in _numbers(question, name)})
        elif all(isinstance(domain, Text) for domain in domains):
            first, *rest = [domain.values for domain in domains if isinstance(domain, Text)]
            in_all = set(first).intersection(*rest)
            candidates = [value for value in first if value in in_all]
        alike: dict[tuple[int | None, ...], Value] = {}
        for value in candidates:
            classes = []
            for question in questions:
                level = _level(question, name)
                chosen = None if level is None else question.universe.variables[level].class_of({name: value})
                branched = level is not None and chosen in self._branched[id(question)].get(level, ())
                classes.append(chosen if branched else None)
            alike.setdefault(tuple(classes), value)
        return (None, *alike.values())


def _branched(question: Question) -> dict[int, set[int]]:
    """Return by level the classes for which some node of the diagram has a branch of its own."""
    branched: dict[int, set[int]] = {}
    for node in question.diagram.nodes(question.root):
        if node >= 0:
            branched.setdefault(question.diagram.level[node], set()).update(question.diagram.branches[node])
    return branched


def _descend(question: Question, node: int, facts: _Known) -> int:
    """Follow the facts in `facts` down from `node` and return the first node that tests another fact, or the leaf."""
    while node >= 0 and (name := _fact(question, node)) in facts:
        node = question.below(node, name, facts[name])
    return node


def _fact(question: Question, node: int) -> str:
    """Return the fact that `node` tests."""
    return question.universe.variables[question.diagram.level[node]].facts[0]


def _level(question: Question, name: str) -> int | None:
    """Return the level of the variable for the fact `name` alone; None if the question has no such variable."""
    variables = question.universe.variables
    return next((level for level, variable in enumerate(variables) if variable.facts == (name,)), None)


def _numbers(question: Question, name: str) -> Iterator[int]:
    """Yield the numbers that stand for the classes of the fact `name`."""
    level = _level(question, name)
    if level is not None:
        for values in question.universe.variables[level].classes:
            yield from (value for value in values.values() if isinstance(value, int))
