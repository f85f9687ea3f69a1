"""Several diagrams walked together over the extra facts of a request: which leaves come together, and for which facts.

Only what some diagram asks for is looked at, so the cost is that of the diagrams, however many facts there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from resolver.domain import Fact, Integer, Text, Value
from resolver.table.budget import Budget
from resolver.table.question import Answer, Question

Extra = tuple[tuple[str, Value], ...]
"""Extra facts of a request, by name; what is not in it is absent."""
_Known = Mapping[str, Value | None]
_Leaves = Mapping[tuple[int, ...], Extra]

MOST_STEPS = 500_000
"""Steps of all walks of one policy, or of two that are compared: some seconds."""


class Place(NamedTuple):
    """A node of a question's diagram, from which on only extra facts are asked for."""

    question: Question
    node: int


class Walker:
    """Walks diagrams of one policy, or of two that are compared, for the same extra facts.

    Raises TooLargeError where that takes too long.
    """

    def __init__(self, declared: Sequence[Mapping[str, Fact]], questions: Sequence[Question]) -> None:
        """Prepare walks of `questions` over the facts that each policy in `declared` knows."""
        self._branched = {id(question): _branched(question) for question in questions}
        in_order = (fact for question in questions for v in question.universe.variables for fact in v.facts)
        self.values = {
            name: self._values(name, [facts.get(name) for facts in declared], questions)
            for name in dict.fromkeys(in_order)
            if any(name in facts for facts in declared)
        }
        self.facts = frozenset(self.values)
        self._asked: dict[tuple[int, int], frozenset[str]] = {}
        self._ways: dict[tuple[int, int], tuple[str, Mapping[Value | None, int]]] = {}
        self._walked: dict[tuple[object, ...], _Leaves] = {}
        self._budget = Budget(MOST_STEPS)

    def leaves(self, *places: Place) -> _Leaves:
        """Return which leaves come together below `places`, each combination with the fewest extra facts for it."""
        return self._walk(tuple(place.question for place in places), tuple(place.node for place in places), {})

    def answers(self, *places: Place) -> Iterator[tuple[tuple[Answer, ...], Extra]]:
        """Yield the answers that come together below `places`, with the fewest extra facts for which they do."""
        for leaves, extra in self.leaves(*places).items():
            yield tuple(place.question.answer(leaf) for place, leaf in zip(places, leaves, strict=True)), extra

    def ways(self, question: Question, node: int) -> tuple[str, Mapping[Value | None, int]]:
        """Return the extra fact that `node` asks for, and the node to which each of its values leads."""
        key = (id(question), node)
        if key not in self._ways:
            name = _fact(question, node)
            self._ways[key] = name, {value: question.below(node, name, value) for value in self.values[name]}
        return self._ways[key]

    def _walk(self, questions: tuple[Question, ...], nodes: tuple[int, ...], known: _Known) -> _Leaves:
        nodes = tuple(_descend(question, node, known) for question, node in zip(questions, nodes, strict=True))
        if all(node < 0 for node in nodes):
            return {nodes: ()}
        asked = frozenset[str]().union(*map(self._asks, questions, nodes))
        known = {name: value for name, value in known.items() if name in asked}
        key = (*map(id, questions), nodes, tuple(known.items()))
        if key in self._walked:
            return self._walked[key]
        name = next(name for name in self.values if name in asked and name not in known)
        found: dict[tuple[int, ...], Extra] = {}
        for value in self.values[name]:
            mine: Extra = () if value is None else ((name, value),)
            below = self._walk(questions, nodes, {**known, name: value})
            self._budget.take(1 + len(below))
            for leaves, extra in below.items():
                if leaves not in found or len(mine) + len(extra) < len(found[leaves]):
                    found[leaves] = (*mine, *extra)
        self._walked[key] = found
        return found

    def _asks(self, question: Question, node: int) -> frozenset[str]:
        """Return the extra facts that are asked for below `node`."""
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
        """Return the values of a fact that all policies can have, absent first, one for all that decide alike."""
        domains = [fact.domain for fact in declared if fact is not None]
        candidates: Iterable[Value] = ()
        if len(domains) < len(declared):
            pass  # one of the policies does not know the fact, so no request of both gives it
        elif all(isinstance(domain, Integer) for domain in domains):
            candidates = sorted({number for question in questions for number in _numbers(question, name)})
        elif all(isinstance(domain, Text) for domain in domains):
            first, *others = [domain.values for domain in domains if isinstance(domain, Text)]
            in_all = set(first).intersection(*others)
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
    """Return by level the classes that some node of the diagram leads elsewhere than most others."""
    found: dict[int, set[int]] = {}
    for node in question.diagram.nodes(question.root):
        if node >= 0:
            found.setdefault(question.diagram.level[node], set()).update(question.diagram.branches[node])
    return found


def _descend(question: Question, node: int, known: _Known) -> int:
    """Return where `node` leads as far as facts are known."""
    while node >= 0 and (name := _fact(question, node)) in known:
        node = question.below(node, name, known[name])
    return node


def _fact(question: Question, node: int) -> str:
    return question.universe.variables[question.diagram.level[node]].facts[0]


def _level(question: Question, name: str) -> int | None:
    return next((at for at, variable in enumerate(question.universe.variables) if variable.facts == (name,)), None)


def _numbers(question: Question, name: str) -> Iterator[int]:
    level = _level(question, name)
    if level is not None:
        for values in question.universe.variables[level].classes:
            yield from (value for value in values.values() if isinstance(value, int))
