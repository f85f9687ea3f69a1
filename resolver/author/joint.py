"""Diagrams of two policies at once, over the extra facts that both know: which answers can come together.

Only what some diagram asks for is looked at, so the cost is that of the diagrams, however many facts there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resolver.domain import Fact, Facts, Integer, Reference, Rule, Text, Value
from resolver.table import DecisionTable, Question
from resolver.table.diagram import winner_of

Known = tuple[tuple[str, Value | None], ...]
"""Extra facts that are settled, None for those that are absent."""
_Leaves = dict[tuple[object, ...], Known]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the facts of the event that it is asked about, without the extra ones."""

    question: Question
    facts: Facts


class Joint:
    """Asks questions of two policies for the same extra facts."""

    def __init__(self, old: DecisionTable, new: DecisionTable) -> None:
        questions = (old.tier, new.tier, old.outcome, new.outcome)
        self.values = {
            name: _values(name, (old.policy.facts, new.policy.facts), questions)
            for name in dict.fromkeys((*old.policy.facts, *new.policy.facts))
        }
        targets = [rule.effect.target for question in questions for rule in question.rules]
        self.held = {target.fact for target in targets if isinstance(target, Reference)} & self.values.keys()
        self._below: dict[tuple[int, int], frozenset[str]] = {}

    def answers(self, *asked: Asked) -> Iterator[tuple[tuple[Rule | None, ...], dict[str, Value]]]:
        """Yield the rules that win together, one for each question, with the fewest extra facts for which they do."""
        roots = tuple(one.question.root for one in asked)
        for key, known in self._walk(asked, roots, {}, {}).items():
            rules = tuple(self._rule(one.question, leaf) for one, leaf in zip(asked, key, strict=False))
            yield rules, {name: value for name, value in known if value is not None}

    def settled(self, *asked: Asked) -> tuple[Rule | None, ...] | None:
        """Return the rules that win whatever the extra facts, or None if that depends on them."""
        leaves = [self._descend(one, one.question.root, {}) for one in asked]
        if any(self._asks(one, leaf) for one, leaf in zip(asked, leaves, strict=True)):
            return None
        return tuple(self._rule(one.question, leaf) for one, leaf in zip(asked, leaves, strict=True))

    def _walk(
        self,
        asked: tuple[Asked, ...],
        nodes: tuple[int, ...],
        known: dict[str, Value | None],
        memo: dict[tuple[object, ...], _Leaves],
    ) -> _Leaves:
        nodes = tuple(self._descend(one, node, known) for one, node in zip(asked, nodes, strict=True))
        open_facts = frozenset().union(*(self._asks(one, at) for one, at in zip(asked, nodes, strict=True)))
        relevant = tuple((name, value) for name, value in known.items() if name in open_facts or name in self.held)
        key = (nodes, tuple(sorted(relevant, key=lambda pair: pair[0])))
        if key in memo:
            return memo[key]
        name = next((name for name in self.values if name in open_facts and name not in known), None)
        if name is None:
            held = tuple(sorted(((fact, known[fact]) for fact in known if fact in self.held), key=lambda pair: pair[0]))
            memo[key] = {(*nodes, held): ()}
            return memo[key]
        found: _Leaves = {}
        for value in self.values[name]:
            mine: Known = () if value is None else ((name, value),)
            for leaves, extra in self._walk(asked, nodes, {**known, name: value}, memo).items():
                if leaves not in found or len(mine) + len(extra) < len(found[leaves]):
                    found[leaves] = (*mine, *extra)
        memo[key] = found
        return found

    def _descend(self, asked: Asked, node: int, known: Mapping[str, Value | None]) -> int:
        """Return where `node` leads as far as facts are settled."""
        question = asked.question
        while node >= 0:
            variable = question.universe.variables[question.diagram.level[node]]
            name = variable.facts[0]
            if name in self.values and name not in known:
                return node
            if name in self.values:
                value = known[name]
                facts: Facts = {} if value is None else {name: value}
            else:
                facts = asked.facts
            node = question.diagram.below(node, question.diagram.level[node], variable.class_of(facts))
        return node

    def _asks(self, asked: Asked, node: int) -> frozenset[str]:
        """Return the extra facts that are asked for below `node`, or referred to by a rule that wins there."""
        key = (id(asked.question), node)
        if key not in self._below:
            diagram = asked.question.diagram
            if node >= 0:
                name = asked.question.universe.variables[diagram.level[node]].facts[0]
                children = {diagram.otherwise[node], *diagram.branches[node].values()}
                found = frozenset().union(*(self._asks(asked, child) for child in children))
                self._below[key] = found | ({name} & self.values.keys())
            else:
                rule = self._rule(asked.question, node)
                target = rule.effect.target if rule else None
                self._below[key] = frozenset([target.fact] if isinstance(target, Reference) else []) & self.held
        return self._below[key]

    @staticmethod
    def _rule(question: Question, leaf: object) -> Rule | None:
        assert isinstance(leaf, int)
        found = winner_of(leaf)
        return None if found is None else question.rules[found]


def _values(
    name: str, declared: tuple[Mapping[str, Fact], ...], questions: tuple[Question, ...]
) -> tuple[Value | None, ...]:
    """Return the values of an extra fact that both policies know, absent first; of numbers one for each class."""
    domains = [facts[name].domain for facts in declared if name in facts]
    if len(domains) == len(declared) and all(isinstance(domain, Integer) for domain in domains):
        numbers = {number for question in questions for number in _numbers(question, name)}
        return (None, *sorted(numbers))
    if len(domains) == len(declared) and all(isinstance(domain, Text) for domain in domains):
        listed = [domain.values for domain in domains if isinstance(domain, Text)]
        return (None, *(value for value in listed[0] if all(value in values for values in listed)))
    return (None,)


def _numbers(question: Question, name: str) -> list[int]:
    for variable in question.universe.variables:
        if variable.facts == (name,):
            return [value for facts in variable.classes for value in facts.values() if isinstance(value, int)]
    return []
