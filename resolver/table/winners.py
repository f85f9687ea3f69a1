"""The decision diagram of the winning rule, built from the truth tables of all rules."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.compiler import Universe
from resolver.table.budget import Budget
from resolver.table.diagram import NO, NONE, YES, Diagram, leaf

Live = tuple[tuple[int, int], ...]
"""The rules or answers that can still win, by priority: pairs of an index and the rest of its truth table."""


class Winners:
    """Builds decision diagrams from truth tables. They share the nodes of one `Diagram`.

    >>> from resolver.compiler.variables import composite
    >>> colour = composite(("colour",), ({"colour": "red"}, {"colour": "blue"}))
    >>> diagram = Diagram()
    >>> winners = Winners(diagram, Universe((colour,), ()), Budget(100))
    >>> is_red = diagram.node(0, {0: YES}, NO)
    >>> root = winners.build([(0, is_red), (1, YES)])  # rule 0 comes first, and matches only red
    >>> diagram.walk(root, [0]) == leaf(0), diagram.walk(root, [1]) == leaf(1)
    (True, True)
    """

    def __init__(self, diagram: Diagram, universe: Universe, budget: Budget, *, certain: int = 1) -> None:
        """Prepare a builder.

        Args:
            diagram: The diagram that holds the truth tables, and to which the nodes are added.
            universe: The variables and their implications.
            budget: The work that building may take. Each step takes a unit for each table that it looks at; a method
                that builds raises TooLargeError once nothing is left.
            certain: How many tables that match for certain are kept before the tables behind them are dropped. The
                first of them wins; the second is the runner-up.

        """
        self.diagram = diagram
        self.universe = universe
        self.budget = budget
        self.certain = certain
        self._built: dict[tuple[int, frozenset[int], Live], int] = {}

    def build(self, tables: Sequence[tuple[int, int]]) -> int:
        """Return the root of the diagram of the winner.

        Args:
            tables: Pairs of an index and a truth table, in the order of priority.

        Raises:
            TooLargeError: Building takes more than the budget.

        """
        return self._build(0, frozenset(), self.cut(tables))

    def build_alone(self, tables: Sequence[int]) -> int:
        """Return the truth table of one rule, given its parts' truth tables. It matches wherever a part matches."""
        return self.build([(0, table) for table in tables])

    def level_of(self, level: int, live: Live) -> int:
        """Return the first level, from `level` on, that a table tests or whose class limits a later variable."""
        tested = [self.diagram.level[node] for _, node in live if node >= 0]
        return min(tested + [deciding for deciding in self.universe.deciding_levels if deciding >= level][:1])

    def children(self, level: int, active: frozenset[int], live: Live) -> list[tuple[int, frozenset[int], Live]]:
        """Return the classes at `level` that lead different ways; the last one stands for all classes not returned.

        Each class comes with the implications in force below it and the rest of the tables.

        Args:
            level: The level of the variable.
            active: The implications that the classes above set off.
            live: The tables that can still win.

        Raises:
            TooLargeError: This takes more than the budget.

        """
        self.budget.take(len(live))
        universe = self.universe
        unnamed, named = self._below(level, live)
        allowed = universe.allowed(level, active)
        last = allowed[-1]
        # Classes that no table names lead the same way, unless they limit a later variable differently.
        apart = {*named, *universe.deciding(level, last)}
        differing = allowed if last in named else [chosen for chosen in sorted(apart) if chosen in allowed]
        children = []
        for chosen in dict.fromkeys((*differing, last)):
            leads = {**unnamed, **named[chosen]} if chosen in named else unnamed
            below = self.cut([(live[position][0], node) for position, node in sorted(leads.items())])
            children.append((chosen, universe.activated(level, chosen, active), below))
            self.budget.take(1 + len(below))
        return children

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
        """Return the child of each table, by position: for classes that no table names, and for each named class."""
        unnamed: dict[int, int] = {}
        named: dict[int, dict[int, int]] = {}
        diagram = self.diagram
        for position, (_, table) in enumerate(live):
            node = table
            if node >= 0 and diagram.level[node] == level:
                for chosen, child in diagram.branches[node].items():
                    named.setdefault(chosen, {})[position] = child
                node = diagram.otherwise[node]
            if node != NO:
                unnamed[position] = node
        return unnamed, named

    def cut(self, tables: Sequence[tuple[int, int]]) -> Live:
        """Drop the tables that cannot match any more, and all tables behind the last certain match that is kept."""
        live = []
        certain = self.certain
        for index, node in tables:
            if node != NO:
                live.append((index, node))
                certain -= node == YES
                if not certain:
                    break
        return tuple(live)
