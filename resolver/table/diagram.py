"""Decision diagrams: reduced and shared, with one level for each variable of a universe.

A node is an `int`. A node of 0 or more tests the class of the variable at its level; a negative node is a leaf. Two
nodes that test the same variable and lead to the same children are one node, so equal diagrams have equal numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

NO = NONE = -1
"""The leaf for "does not match" in a truth table, and for "no rule matches" in a decision diagram."""
YES = -2
"""The leaf for "matches" in a truth table. It is also the leaf for index 0."""


def leaf(index: int) -> int:
    """Return the leaf for the rule or the answer at `index`.

    >>> leaf(0), index_of(leaf(0))
    (-2, 0)
    """
    return -2 - index


def index_of(node: int) -> int | None:
    """Return the index of the rule or the answer at the leaf `node`; None if no rule matches there."""
    return None if node == NONE else -2 - node


class Diagram:
    """All nodes of one question.

    `level`, `branches` and `otherwise` hold for each node its level, its children by class, and its child for every
    other class.

    >>> diagram = Diagram()
    >>> root = diagram.node(0, {1: YES}, NO)  # matches if the variable at level 0 is in class 1
    >>> diagram.walk(root, [1]) == YES, diagram.walk(root, [2]) == NO
    (True, True)
    """

    __slots__ = ("_known", "branches", "level", "otherwise")

    def __init__(self) -> None:
        self.level: list[int] = []
        self.otherwise: list[int] = []
        self.branches: list[dict[int, int]] = []
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def node(self, level: int, branches: Mapping[int, int], otherwise: int) -> int:
        """Return the node that leads to a child in `branches` for the classes there, and to `otherwise` for all others.

        Args:
            level: The level of the variable that the node tests.
            branches: The child for each class. The last class that the variable can have must lead to `otherwise`, so
                that equal nodes are written in one way only.
            otherwise: The child for every class that is not in `branches`.

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
        """Return the child of `node` for class `chosen` at `level`, or `node` itself if it tests another level."""
        if node < 0 or self.level[node] != level:
            return node
        return self.branches[node].get(chosen, self.otherwise[node])

    def walk(self, node: int, classes: Sequence[int]) -> int:
        """Return the leaf below `node` for an event whose variables are in these classes."""
        while node >= 0:
            node = self.branches[node].get(classes[self.level[node]], self.otherwise[node])
        return node

    def both(self, one: int, other: int, memo: dict[tuple[int, int], int]) -> int:
        """Return the truth table of the events that two truth tables both match.

        Args:
            one: The first truth table.
            other: The second truth table.
            memo: A cache of intermediate results. Related calls share it.

        """
        if NO in (one, other) or one == other:
            return NO if one != other else one
        if YES in (one, other):
            return other if one == YES else one
        key = (one, other) if one < other else (other, one)
        if key not in memo:
            level = min(self.level[one], self.level[other])
            testing = [node for node in key if self.level[node] == level]
            usual = [self.otherwise[node] if node in testing else node for node in key]
            classes = {chosen for node in testing for chosen in self.branches[node]}
            branches = {
                chosen: self.both(self.below(one, level, chosen), self.below(other, level, chosen), memo)
                for chosen in sorted(classes)
            }
            memo[key] = self.node(level, branches, self.both(usual[0], usual[1], memo))
        return memo[key]

    def given(self, node: int, level: int, chosen: int, memo: dict[int, int]) -> int:
        """Return what is left of the diagram below `node` if the variable at `level` is in class `chosen`.

        Args:
            node: The root of the diagram.
            level: The level of the variable.
            chosen: The class of the variable.
            memo: The results so far for this level and class.

        """
        if node < 0 or self.level[node] >= level:
            return self.below(node, level, chosen)
        if node not in memo:
            branches = {of: self.given(child, level, chosen, memo) for of, child in self.branches[node].items()}
            memo[node] = self.node(self.level[node], branches, self.given(self.otherwise[node], level, chosen, memo))
        return memo[node]

    def leaves(self, *starts: int) -> set[int]:
        """Return all leaves below the nodes `starts`."""
        return {below for below in self.nodes(*starts) if below < 0}

    def nodes(self, *starts: int, to: int | None = None) -> Iterator[int]:
        """Yield the nodes `starts` and everything below them, each node once.

        Args:
            starts: The nodes to start from.
            to: Do not go below the nodes at this level; None goes down to the leaves.

        """
        todo, visited = [*dict.fromkeys(starts)], {*starts}
        while todo:
            current = todo.pop()
            yield current
            if current < 0 or (to is not None and self.level[current] >= to):
                continue
            for child in (self.otherwise[current], *self.branches[current].values()):
                if child not in visited:
                    visited.add(child)
                    todo.append(child)
