"""Decision diagrams: reduced, shared, with one level for each variable of a universe.

A node is an `int`: from 0 on it asks for the class of the variable at its level, below 0 it is a leaf. Nodes that
ask the same and lead to the same are one node, so equal diagrams are equal numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

NO = NONE = -1
"""The leaf of a truth table where a rule does not match, and of a decision diagram where no rule does."""
YES = -2


def leaf(index: int) -> int:
    """Return the leaf for the rule, or the answer, at this index."""
    return -2 - index


def index_of(node: int) -> int | None:
    """Return the index of the rule, or the answer, at the leaf `node`; None if no rule matches there."""
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
        """Return the leaf for an event whose variables are in these classes."""
        while node >= 0:
            node = self.branches[node].get(classes[self.level[node]], self.otherwise[node])
        return node

    def both(self, one: int, other: int, memo: dict[tuple[int, int], int]) -> int:
        """Return the truth table of what two truth tables both match; `memo` keeps the steps of related calls."""
        if NO in (one, other) or one == other:
            return NO if one != other else one
        if YES in (one, other):
            return other if one == YES else one
        key = (one, other) if one < other else (other, one)
        if key not in memo:
            level = min(self.level[one], self.level[other])
            asking = [node for node in key if self.level[node] == level]
            usual = [self.otherwise[node] if node in asking else node for node in key]
            chosen = {at for node in asking for at in self.branches[node]}
            branches = {
                at: self.both(self.below(one, level, at), self.below(other, level, at), memo) for at in sorted(chosen)
            }
            memo[key] = self.node(level, branches, self.both(usual[0], usual[1], memo))
        return memo[key]

    def leaves(self, node: int) -> set[int]:
        """Return all leaves below `node`."""
        return {below for below in self.nodes(node) if below < 0}

    def nodes(self, node: int, *, to: int | None = None) -> Iterator[int]:
        """Yield `node` and everything below it, each node once; not what is below level `to`."""
        todo, met = [node], {node}
        while todo:
            here = todo.pop()
            yield here
            if here < 0 or (to is not None and self.level[here] >= to):
                continue
            for child in (self.otherwise[here], *self.branches[here].values()):
                if child not in met:
                    met.add(child)
                    todo.append(child)
