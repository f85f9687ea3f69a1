"""Two diagrams at once, over all extra facts: which answers can come together.

Walking both only where one of them asks keeps this small however many extra facts there are; results are kept by node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from resolver.domain import Facts, Reference, Rule, Value
from resolver.table import DecisionTable
from resolver.table.diagram import winner_of
from resolver.table.question import Question

Extra = tuple[tuple[str, Value], ...]
"""Extra facts of a request, by name."""
Place = tuple[Question, int]
"""A node of a question's diagram."""
_Pairs = dict[tuple[int, int], Extra]


class Together:
    """Walks pairs of diagrams of one policy."""

    def __init__(self, table: DecisionTable) -> None:
        self.order = {name: at for at, name in enumerate(table.policy.facts)}
        rules = (*table.tier.rules, *table.outcome.rules)
        self.targets = {rule.effect.target.fact for rule in rules if isinstance(rule.effect.target, Reference)}
        # Facts that hold a tier which a rule refers to: the answer is not known before they are.
        self.fixed = list(self._fixed(table, [name for name in self.order if name in self.targets]))
        self._known: dict[tuple[int, int, int, int, Extra], _Pairs] = {}

    def answers(self, place: Place) -> Iterator[tuple[Rule | None, Extra]]:
        """Yield every rule that wins below a node, with the first extra facts for which it does, the fewest first."""
        for rule, _, extra in self.pairs(place, (place[0], -1)):
            yield rule, extra

    def pairs(self, one: Place, other: Place) -> Iterator[tuple[Rule | None, Rule | None, Extra]]:
        """Yield the rules that win below two nodes for the same extra facts, with the first such facts."""
        for fixed in self.fixed:
            for (first, second), extra in self._pairs(one, other, fixed).items():
                yield _rule(one[0], first), _rule(other[0], second), (*fixed, *extra)

    def _pairs(self, one: Place, other: Place, fixed: Extra) -> _Pairs:
        (first, a), (second, b) = one, other
        key = (id(first), a, id(second), b, fixed)
        if key in self._known:
            return self._known[key]
        asked = [name for name in (_fact(first, a), _fact(second, b)) if name is not None]
        if not asked:
            self._known[key] = {(a, b): ()}
            return self._known[key]
        name = min(asked, key=self.order.__getitem__)
        question = first if _fact(first, a) == name else second
        variable = question.universe.variables[question.level(name)]
        known = dict(fixed)
        classes: Sequence[int] = range(len(variable.classes))
        if any(name == fact for fact, _ in fixed):
            classes = [variable.class_of(known)]
        found: _Pairs = {}
        seen: set[tuple[int, int]] = set()
        for at in classes:
            below = (_below(first, a, name, at), _below(second, b, name, at))
            if below in seen:
                continue
            seen.add(below)
            mine = () if name in known else tuple(variable.classes[at].items())
            for pair, extra in self._pairs((first, below[0]), (second, below[1]), fixed).items():
                if pair not in found or len(mine) + len(extra) < len(found[pair]):
                    found[pair] = (*mine, *extra)
        self._known[key] = found
        return found

    def _fixed(self, table: DecisionTable, names: list[str]) -> Iterator[Extra]:
        choices = []
        for name in names:
            domain = table.policy.facts[name].domain
            values: tuple[Value, ...] = getattr(domain, "values", ())
            choices.append([(), *(((name, value),) for value in values)])
        for chosen in product(*choices):
            yield tuple(pair for part in chosen for pair in part)


def descend(question: Question, facts: Facts, extra: Mapping[str, object]) -> Place:
    """Return the node of `question` at which only facts in `extra` are left to ask for."""
    diagram, node = question.diagram, question.root
    while node >= 0:
        variable = question.universe.variables[diagram.level[node]]
        if variable.facts[0] in extra:
            break
        node = diagram.below(node, diagram.level[node], variable.class_of(facts))
    return question, node


def _fact(question: Question, node: int) -> str | None:
    return question.universe.variables[question.diagram.level[node]].facts[0] if node >= 0 else None


def _below(question: Question, node: int, name: str, chosen: int) -> int:
    if _fact(question, node) != name:
        return node
    return question.diagram.below(node, question.diagram.level[node], chosen)


def _rule(question: Question, leaf: int) -> Rule | None:
    found = winner_of(leaf)
    return None if found is None else question.rules[found]
