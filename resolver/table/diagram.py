"""Decision diagrams: reduced, shared, with one level for each variable of a universe.

A node is an `int`: from 0 on it asks for the class of the variable at its level, below 0 it is an answer. Nodes that
ask the same and lead to the same are one node, so equal diagrams are equal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resolver.compiler import TooLargeError, Universe

NO = NONE = -1
"""The answer of a truth table that a rule does not match, and of a decision diagram that no rule does."""
YES = -2


def leaf(rule: int) -> int:
    """Return the answer that the rule at this index wins."""
    return -2 - rule


def winner_of(node: int) -> int | None:
    """Return the index of the rule that wins at the answer `node`, or None if no rule matches."""
    return None if node == NONE else -2 - node


class Diagram:
    """All nodes of one question."""

    __slots__ = ("_known", "branches", "level", "otherwise")

    def __init__(self) -> None:
        self.level: list[int] = []
        self.otherwise: list[int] = []
        self.branches: list[dict[int, int]] = []
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def node(self, level: int, branches: Mapping[int, int], otherwise: int) -> int:
        """Return the node that leads from each class in `branches` to its child, and from all others to `otherwise`.

        The last class that the variable can have must be one of the others, so that equal nodes are written alike.
        """
        branching = {chosen: child for chosen, child in branches.items() if child != otherwise}
        if not branching:
            return otherwise
        key = (level, otherwise, tuple(sorted(branching.items())))
        if key not in self._known:
            self._known[key] = len(self.level)
            self.level.append(level)
            self.otherwise.append(otherwise)
            self.branches.append(branching)
        return self._known[key]

    def below(self, node: int, level: int, chosen: int) -> int:
        """Return where `node` leads if the variable at `level` is in class `chosen`: to itself if it does not ask."""
        if node < 0 or self.level[node] != level:
            return node
        return self.branches[node].get(chosen, self.otherwise[node])

    def walk(self, node: int, classes: Sequence[int]) -> int:
        """Return the answer for an event whose variables are in these classes."""
        while node >= 0:
            node = self.branches[node].get(classes[self.level[node]], self.otherwise[node])
        return node


class Winners:
    """Builds the diagram of the winning rule from the truth tables of all rules, which share its nodes.

    Raises TooLargeError where that takes more than `most` steps.
    """

    def __init__(self, diagram: Diagram, universe: Universe, most: int) -> None:
        self.diagram = diagram
        self.universe = universe
        self.most = most
        self.known: dict[tuple[int, frozenset[int], tuple[tuple[int, int], ...]], int] = {}

    def build(self, tables: Sequence[tuple[int, int]]) -> int:
        """Return the root for `tables`: pairs of a rule's index and its truth table, in the order of priority."""
        return self._build(0, frozenset(), _cut(tables))

    def build_alone(self, tables: Sequence[tuple[int, int]]) -> int:
        """Return the root for the tables of one rule: the answer `YES` where it matches, and else `NO`."""
        return self.build([(0, table) for _, table in tables])

    def _build(self, level: int, active: frozenset[int], live: tuple[tuple[int, int], ...]) -> int:
        if not live:
            return NONE
        if live[0][1] == YES:
            return leaf(live[0][0])
        diagram, universe = self.diagram, self.universe
        levels = {diagram.level[node] for _, node in live if node >= 0}
        while level not in levels and not universe.decides(level):
            level += 1
        key = (level, active, live)
        if key in self.known:
            return self.known[key]
        if len(self.known) >= self.most:
            raise TooLargeError
        unnamed, named = self._below(level, live)
        allowed = universe.allowed(level, active)
        last = allowed[-1]

        def child(chosen: int) -> int:
            leads = {**unnamed, **named[chosen]} if chosen in named else unnamed
            below = _cut([(live[at][0], node) for at, node in sorted(leads.items())])
            return self._build(level + 1, universe.activated(level, chosen, active), below)

        # Classes that no table names lead the same way, unless what they are limits a later variable.
        apart = {*named, *universe.deciding(level, last)}
        differing = allowed if last in named else [at for at in sorted(apart) if at in allowed]
        self.known[key] = found = diagram.node(level, {chosen: child(chosen) for chosen in differing}, child(last))
        return found

    def _below(self, level: int, live: Sequence[tuple[int, int]]) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
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


def _cut(tables: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Drop the rules that cannot match any more, and all behind the first that is certain to."""
    live = []
    for rule, node in tables:
        if node != NO:
            live.append((rule, node))
            if node == YES:
                break
    return tuple(live)
