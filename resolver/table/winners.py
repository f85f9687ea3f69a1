"""The decision diagram of the winning rule, built from the truth tables of all rules."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.compiler import Universe
from resolver.table.budget import Budget
from resolver.table.diagram import NO, NONE, YES, Diagram, leaf

Live = tuple[tuple[int, int], ...]
"""Rules, or answers, that can still win, in the order of priority: an index and the truth table that is left of it."""


class Winners:
    """Builds diagrams in `diagram`, whose nodes they share.

    `certain` is how many tables that match for certain are kept before what is behind them is dropped: the first of
    them wins, the second is the runner-up. One step takes a unit of `budget` for each table that it looks at; raises
    TooLargeError where there is none left.
    """

    def __init__(self, diagram: Diagram, universe: Universe, budget: Budget, *, certain: int = 1) -> None:
        self.diagram = diagram
        self.universe = universe
        self.budget = budget
        self.certain = certain
        self._built: dict[tuple[int, frozenset[int], Live], int] = {}

    def build(self, tables: Sequence[tuple[int, int]]) -> int:
        """Return the root for `tables`: pairs of an index and a truth table, in the order of priority."""
        return self._build(0, frozenset(), self.cut(tables))

    def build_alone(self, tables: Sequence[int]) -> int:
        """Return the root for the truth tables of one rule: the leaf `YES` where it matches, and else `NO`."""
        return self.build([(0, table) for table in tables])

    def level_of(self, level: int, live: Live) -> int:
        """Return the first level from `level` on at which a table asks, or a class limits later ones."""
        asked = [self.diagram.level[node] for _, node in live if node >= 0]
        return min(asked + [at for at in self.universe.deciding_levels if at >= level][:1])

    def children(self, level: int, active: frozenset[int], live: Live) -> list[tuple[int, frozenset[int], Live]]:
        """Return where `live` leads from `level`: each class that differs, then the last one, for all others.

        A class is returned with the implications in force below and what is left of the tables.
        """
        self.budget.take(len(live))
        universe = self.universe
        unnamed, named = self._below(level, live)
        allowed = universe.allowed(level, active)
        last = allowed[-1]
        # Classes that no table names lead the same way, unless what they are limits a later variable.
        apart = {*named, *universe.deciding(level, last)}
        differing = allowed if last in named else [at for at in sorted(apart) if at in allowed]
        found = []
        for chosen in dict.fromkeys((*differing, last)):
            leads = {**unnamed, **named[chosen]} if chosen in named else unnamed
            below = self.cut([(live[at][0], node) for at, node in sorted(leads.items())])
            found.append((chosen, universe.activated(level, chosen, active), below))
            self.budget.take(1 + len(below))
        return found

    def _build(self, level: int, active: frozenset[int], live: Live) -> int:
        if not live:
            return NONE
        if live[0][1] == YES:
            return leaf(live[0][0])
        level = self.level_of(level, live)
        key = (level, active, live)
        if key not in self._built:
            branches = {chosen: self._build(level + 1, under, below) for chosen, under, below in self.children(*key)}
            self._built[key] = self.diagram.node(level, branches, branches[self.universe.allowed(level, active)[-1]])
        return self._built[key]

    def _below(self, level: int, live: Live) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
        """Return by position where the tables in `live` lead: from most classes, and from some in another way."""
        unnamed: dict[int, int] = {}
        named: dict[int, dict[int, int]] = {}
        diagram = self.diagram
        for at, (_, table) in enumerate(live):
            node = table
            if node >= 0 and diagram.level[node] == level:
                for chosen, child in diagram.branches[node].items():
                    named.setdefault(chosen, {})[at] = child
                node = diagram.otherwise[node]
            if node != NO:
                unnamed[at] = node
        return unnamed, named

    def cut(self, tables: Sequence[tuple[int, int]]) -> Live:
        """Drop the tables that cannot match any more, and all behind the last that matters."""
        live = []
        certain = self.certain
        for index, node in tables:
            if node != NO:
                live.append((index, node))
                certain -= node == YES
                if not certain:
                    break
        return tuple(live)
