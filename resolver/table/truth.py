"""Truth tables: the events that a rule matches, as durable-rules judges them.

The engine judges one event for each combination of the classes of facts that the rule can tell apart.
"""

from __future__ import annotations

from math import prod

from resolver.compiler import EngineRule, Universe
from resolver.compiler.variables import view_of
from resolver.domain import Value
from resolver.engine import Judge
from resolver.frozen import frozen
from resolver.table.diagram import NO, YES, Diagram

View = tuple[int, list[tuple[int, ...]], int]
"""A level, the groups of its classes that a rule cannot tell apart, and one class that stands for all other classes."""


@frozen
class Part:
    """The rule at `index`, or some of its alternatives, as the engine gets it, with the classes that it tells apart."""

    index: int
    rule: EngineRule
    views: tuple[View, ...]

    @property
    def events(self) -> int:
        """Return how many events the engine has to judge."""
        return prod(len(groups) + 1 for _, groups, _ in self.views)


def part_of(index: int, rule: EngineRule, universe: Universe) -> Part:
    """Return a rule, or some of its alternatives, with the classes of the universe that it can tell apart.

    Args:
        index: The index of the rule in its ruleset.
        rule: The rule or alternatives as the engine gets them.
        universe: The variables of the question.

    """
    views = [
        (level, *view_of(rule.condition, variable))
        for level, variable in enumerate(universe.variables)
        if rule.facts.intersection(variable.facts)
    ]
    return Part(index, rule, tuple(views))


def truth_table(part: Part, universe: Universe, diagram: Diagram) -> int:
    """Return the truth table of one part, as durable-rules judges it.

    Args:
        part: The rule, or some of its alternatives.
        universe: The variables of the question.
        diagram: The diagram to which the nodes are added.

    """

    def grow(position: int, facts: dict[str, Value]) -> int:
        if position == len(part.views):
            return YES if engine.ask(facts) == 0 else NO
        level, groups, rest = part.views[position]
        classes = universe.variables[level].classes
        branches: dict[int, int] = {}
        for group in groups:
            branches.update(dict.fromkeys(group, grow(position + 1, {**facts, **classes[group[0]]})))
        return diagram.node(level, branches, grow(position + 1, {**facts, **classes[rest]}))

    with Judge([part.rule]) as engine:
        return grow(0, {})
