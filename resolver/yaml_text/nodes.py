"""Nodes of YAML documents with their places: no library's tree keeps what diagnostics need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, isnan

from resolver.diagnostics import Place, Source

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""The content of a node without places."""

_TAG = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*")


@dataclass(slots=True, eq=False)
class Node:
    """The parts that all nodes have: the source, and the first and the last code point (exclusive).

    `head` is the start of its anchor or tag, if it has one; `tag` is its tag, unless YAML itself defines it. `weight`
    counts the nodes below and including this one with every alias written out; `height` counts the levels.
    """

    source: Source
    start: int
    end: int
    head: int
    tag: str | None = None
    weight: int = 1
    height: int = 0

    @property
    def place(self) -> Place:
        """The place of the node, in its first line."""
        return self.source.place(self.start, self.end)

    @property
    def tag_place(self) -> Place:
        """The place of its tag."""
        found = _TAG.search(self.source.text, self.head)
        return self.source.place(*found.span()) if found else self.place

    def close(self, end: int, parts: list[Node]) -> None:
        """Set the end of the node, and add the weight and height of its parts."""
        self.end = end
        self.weight += sum([part.weight for part in parts])
        self.height = max([part.height for part in parts], default=-1) + 1


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A text. `value` is its meaning in YAML 1.2; the value of a quoted text is the text itself."""

    value: str | int | float | bool | None = None
    text: str = ""


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A mapping. `entries` has keys as they are written, duplicates included; keys need not be text."""

    entries: list[tuple[Node, Node]] = field(default_factory=list)

    @classmethod
    def of(cls, first: Node, entries: list[tuple[Node, Node]]) -> Mapping:
        """Return a mapping at the place of `first` with these entries."""
        mapping = cls(first.source, first.start, first.end, first.head, entries=entries)
        mapping.close(first.end, [part for entry in entries for part in entry])
        return mapping

    def named(self) -> Iterator[tuple[Scalar, Node]]:
        """Yield the entries whose key is a scalar, or an alias of a scalar, with the alias resolved."""
        for raw, value in self.entries:
            key = resolved(raw)
            if isinstance(key, Scalar):
                yield key, value


@dataclass(slots=True, eq=False)
class Alias(Node):
    """An alias `*name`, with its own place and the node that `&name` marks."""

    target: Node = None  # type: ignore[assignment]  # always given; a default is needed after the base's defaults


def resolved(node: Node) -> Node:
    """Return the target of `node` if it is an alias, else `node` itself."""
    while isinstance(node, Alias):
        node = node.target
    return node


def is_null(node: Node) -> bool:
    """Return whether `node` is a null, which for an optional part means that it is missing."""
    node = resolved(node)
    return isinstance(node, Scalar) and node.value is None


_KINDS = {str: "text", bool: "a boolean", int: "an integer", type(None): "nothing"}


def kind_of(node: Node) -> str:
    """Return the kind of `node` in an author's words."""
    node = resolved(node)
    if isinstance(node, Scalar):
        return _kind_of_float(node.value) if isinstance(node.value, float) else _KINDS[type(node.value)]
    return "a mapping" if isinstance(node, Mapping) else "a list"


def _kind_of_float(value: float) -> str:
    if not isfinite(value):
        return "NaN" if isnan(value) else "infinity"
    return "a floating-point number" if value.is_integer() else "a number with a fraction"


def is_merge(key: Node, value: Node) -> bool:
    """Return whether this entry is a merge key, `<<` of YAML 1.1."""
    return isinstance(key, Scalar) and key.text == "<<" and isinstance(resolved(value), Mapping | Sequence)
