"""Truth tables: where a rule matches, from one event for each class of the facts that it reads."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from resolver.compiler import EngineRule, Universe
from resolver.compiler.variables import view_of
from resolver.domain import Value
from resolver.engine import Judge
from resolver.table.diagram import NO, YES, Diagram

View = tuple[int, list[tuple[int, ...]], int]
"""A level, the classes there that a rule cannot tell apart, and one that stands for all others."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rule at `index`, or some of its alternatives, as the engine gets it and with what it can tell apart."""

    index: int
    rule: EngineRule
    views: tuple[View, ...]

    @property
    def events(self) -> int:
        """Return how many events there are to ask about."""
        return prod(len(groups) + 1 for _, groups, _ in self.views)


def part_of(index: int, rule: EngineRule, universe: Universe) -> Part:
    """Return what `rule` can tell apart of the universe."""
    views = [
        (level, *view_of(rule.condition, variable))
        for level, variable in enumerate(universe.variables)
        if rule.facts.intersection(variable.facts)
    ]
    return Part(index, rule, tuple(views))


def truth_table(part: Part, universe: Universe, diagram: Diagram) -> int:
    """Return the table of one part, whose answers are YES and NO, as durable-rules gives them."""

    def grow(at: int, facts: dict[str, Value]) -> int:
        if at == len(part.views):
            return YES if engine.ask(facts) == 0 else NO
        level, groups, rest = part.views[at]
        classes = universe.variables[level].classes
        branches: dict[int, int] = {}
        for group in groups:
            branches.update(dict.fromkeys(group, grow(at + 1, {**facts, **classes[group[0]]})))
        return diagram.node(level, branches, grow(at + 1, {**facts, **classes[rest]}))

    with Judge([part.rule]) as engine:
        return grow(0, {})
