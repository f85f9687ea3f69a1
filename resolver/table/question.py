"""One question of a policy, as durable-rules judged it: the rule that wins, for every class of facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from resolver.compiler import Universe
from resolver.domain import Facts, Rule, Value
from resolver.frozen import frozen
from resolver.table.any_other import AnyOther
from resolver.table.diagram import Diagram, index_of


@frozen
class Answer:
    """The rule that wins, and the tier that its effect names.

    `rule` is None if no rule wins. `tier` is None if no rule wins, if the effect names no tier, or if the effect refers
    to a fact that is absent.
    """

    tier: str | None
    rule: Rule | None


_UNDECIDED = Answer(None, None)


@frozen
class Question:
    """The rules of one ruleset with their truth tables, and the diagram of what they decide together.

    `answers` are pairs of a rule's index and the tier that its effect names. `root` is the root of the diagram, whose
    leaves are the indices of answers. `truth` has a truth table for each rule. `where` has a truth table for each
    answer: it covers the events in which the rule matches and names that tier. `asked` counts the events that
    the engine judged.

    >>> from resolver.domain import RulesetName
    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table.judging import judge
    >>> question = judge(load_policy(shipped_policy()), RulesetName.TIER)
    >>> answer = question.decide(question.universe.classes_of({"triad": "layout", "role": "code_execution"}))
    >>> answer.tier, answer.rule.name
    ('fast', 'code_execution')
    """

    rules: tuple[Rule, ...]
    universe: Universe
    diagram: Diagram
    truth: tuple[int, ...]
    answers: tuple[tuple[int, str | None], ...]
    where: tuple[int, ...]
    root: int
    asked: int

    def answer(self, leaf: int) -> Answer:
        """Return the answer at the leaf `leaf` of the decision diagram."""
        index = index_of(leaf)
        if index is None:
            return _UNDECIDED
        rule, tier = self.answers[index]
        return Answer(tier, self.rules[rule])

    def decide(self, classes: Sequence[int]) -> Answer:
        """Return the answer for an event whose variables are in these classes."""
        return self.answer(self.diagram.walk(self.root, classes))

    def level(self, fact: str) -> int:
        """Return the level of the variable that holds `fact`.

        Raises:
            KeyError: The question has no such fact.

        """
        return self.universe.levels[fact]

    def named(self, fact: str) -> list[str]:
        """Return the values of `fact`, an open text, that rules name."""
        variable = self.universe.variables[self.level(fact)]
        return [
            str(values[fact]) for index, values in enumerate(variable.classes) if values and index != variable.other
        ]

    def below(self, node: int, fact: str, value: Value | AnyOther | None) -> int:
        """Return the node to which `node` leads for one value of `fact`; `node` itself if it tests another fact.

        Args:
            node: The node to start from.
            fact: The name of a fact of this question.
            value: The value of the fact: None if it is absent, ANY_OTHER for a value that no rule names.

        """
        level = self.level(fact)
        variable = self.universe.variables[level]
        if isinstance(value, AnyOther):
            return self.diagram.below(node, level, variable.other)
        return self.diagram.below(node, level, variable.class_of({} if value is None else {fact: value}))

    def given(self, fact: str, value: Value | None) -> Question:
        """Return the question for events in which `fact` has this value, or is absent (None)."""
        level = self.universe.levels.get(fact)
        if level is None:  # no rule reads it
            return self
        chosen = self.universe.variables[level].class_of({} if value is None else {fact: value})
        return replace(self, root=self.diagram.given(self.root, level, chosen, {}))

    def leads(self, node: int, fact: str) -> tuple[dict[str, int], int]:
        """Return the node for each value of `fact` that `node` tells apart, and the node for all other values.

        Args:
            node: The node to start from.
            fact: The name of an open text of this question.

        """
        level, diagram = self.level(fact), self.diagram
        if node < 0 or diagram.level[node] != level:
            return {}, node
        classes = self.universe.variables[level].classes
        branches = diagram.branches[node]
        named = {str(classes[chosen][fact]): branches[chosen] for chosen in sorted(branches) if classes[chosen]}
        return named, diagram.otherwise[node]

    def after(self, facts: Facts, until: frozenset[str] = frozenset(), node: int | None = None) -> int:
        """Follow `facts` down the diagram. Return the leaf, or the first node that tests a fact in `until`.

        Args:
            facts: The facts of an event; a fact that is not there is absent.
            until: The facts at which to stop.
            node: The node to start from; None means the root.

        """
        node = self.root if node is None else node
        diagram = self.diagram
        while node >= 0:
            level = diagram.level[node]
            variable = self.universe.variables[level]
            if variable.facts[0] in until:
                break
            node = diagram.below(node, level, variable.class_of(facts))
        return node

    def example(self, node: int, leaf: int) -> Facts:
        """Return the fewest facts that lead from `node` to `leaf`.

        Args:
            node: A node below which no variable limits another one.
            leaf: A leaf below `node`.

        """
        todo: deque[tuple[int, Facts]] = deque([(node, {})])
        visited: set[int] = set()
        while todo:
            current, facts = todo.popleft()
            if current == leaf:
                return facts
            if current < 0 or current in visited:
                continue
            visited.add(current)
            classes = self.universe.variables[self.diagram.level[current]].classes
            branches = self.diagram.branches[current]
            unnamed = [chosen for chosen in range(len(classes)) if chosen not in branches][:1]
            for chosen in (*unnamed, *branches):
                below = branches.get(chosen, self.diagram.otherwise[current]), {**facts, **classes[chosen]}
                todo.append(below) if classes[chosen] else todo.appendleft(below)
        return {}

    def paths(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield each path from the root: the class of every variable in one event that takes the path, and its leaf."""
        yield from paths(self.diagram, self.universe, self.root)


def paths(
    diagram: Diagram,
    universe: Universe,
    node: int,
    path: tuple[int, ...] = (),
    active: frozenset[int] = frozenset(),
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield each path from `node`: the class of every variable in one event that takes the path, and its leaf.

    Args:
        diagram: The diagram of the node.
        universe: The variables, and the implications that limit which events are possible.
        node: The node to start from.
        path: The classes of the variables above `node`.
        active: The implications that these classes set off.

    """
    tested = diagram.level[node] if node >= 0 else len(universe.variables)
    while len(path) < tested and len(path) not in universe.deciding_levels:
        path = (*path, universe.allowed(len(path), active)[0])
    level = len(path)
    if level == len(universe.variables):
        yield path, node
        return
    allowed = universe.allowed(level, active)
    branches = diagram.branches[node] if level == tested else {}
    apart = {*branches, *universe.deciding(level, allowed[-1])}
    usual = next((chosen for chosen in allowed if chosen not in apart), None)
    visited: set[tuple[int, frozenset[int]]] = set()
    for chosen in ([] if usual is None else [usual]) + sorted(chosen for chosen in apart if chosen in allowed):
        child = (diagram.below(node, level, chosen), universe.activated(level, chosen, active))
        if child not in visited:
            visited.add(child)
            yield from paths(diagram, universe, child[0], (*path, chosen), child[1])
