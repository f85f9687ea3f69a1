"""What a YAML document is made of, with places: our own tree, since no library's keeps what diagnostics need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from resolver.diagnostics import Place, Source

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""A node's content without its places."""


@dataclass(slots=True, eq=False)
class Node:
    """What all nodes have: the file, the first and the last code point (exclusive), and a custom tag, if any.

    `weight` counts the nodes below and including this one with every alias written out.
    """

    source: Source
    start: int
    end: int
    tag: str | None = None
    weight: int = 1

    @property
    def place(self) -> Place:
        """Where the node stands; only its first line counts."""
        line, column = self.source.position(self.start)
        rest = len(self.source.line(line)) - column + 1
        return Place(self.source, line, column, max(0, min(self.end - self.start, rest)))


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A text; `value` is what it means in YAML 1.2, which for quoted ones is the text itself."""

    value: str | int | float | bool | None = None
    text: str = ""


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A mapping. `entries` has keys as they stand, duplicates included; keys need not be text."""

    entries: list[tuple[Node, Node]] = field(default_factory=list)

    @classmethod
    def of(cls, first: Node, entries: list[tuple[Node, Node]]) -> Mapping:
        """Return a mapping that stands where `first` stands and has these entries."""
        weight = 1 + sum(key.weight + value.weight for key, value in entries)
        return cls(first.source, first.start, first.end, weight=weight, entries=entries)

    def named(self) -> Iterator[tuple[Scalar, Node]]:
        """Yield the entries whose key is a scalar."""
        for key, value in self.entries:
            if isinstance(key, Scalar):
                yield key, value


@dataclass(slots=True, eq=False)
class Alias(Node):
    """A `*name`, standing at its own place for the node that `&name` marks."""

    target: Node = None  # type: ignore[assignment]  # always given; a default is needed after the base's defaults


def resolved(node: Node) -> Node:
    """Return the node that `node` stands for: itself, unless it is an alias."""
    while isinstance(node, Alias):
        node = node.target
    return node


def is_null(node: Node) -> bool:
    """Tell whether `node` is a null, which for an optional part means that there is none."""
    node = resolved(node)
    return isinstance(node, Scalar) and node.value is None
