"""Nodes of a YAML document, with the places that diagnostics need and that no library's tree keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from resolver.diagnostics import Place, Source

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""The content of a node, without places."""

_TAG = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*")


@dataclass(slots=True, eq=False)
class Node:
    """Attributes of every node.

    `start` and `end` (exclusive) are indexes in the text of `source`. `head` is the index of the node's anchor or tag,
    or `start` if it has neither. `tag` is None for the tags that YAML itself defines. `weight` counts this node and the
    nodes below it, with every alias expanded, and `height` counts the levels below it.
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
        """The place of the node, cut at the end of its first line."""
        return self.source.place(self.start, self.end)

    @property
    def tag_place(self) -> Place:
        """The place of the node's tag."""
        match = _TAG.search(self.source.text, self.head)
        return self.source.place(*match.span()) if match else self.place

    def close(self, end: int, parts: Iterable[Node]) -> None:
        """Set the end of the node, and add the weight and height of its parts."""
        self.end = end
        for part in parts:
            self.weight += part.weight
            self.height = max(self.height, part.height + 1)


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A scalar. `value` is its meaning in YAML 1.2, which for a quoted scalar is the text itself."""

    value: str | int | float | bool | None = None
    text: str = ""


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A mapping. `entries` has the keys as written, including duplicates; a key need not be text."""

    entries: list[tuple[Node, Node]] = field(default_factory=list)

    @classmethod
    def of(cls, first: Node, entries: list[tuple[Node, Node]]) -> Mapping:
        """Return a mapping with these entries, at the place of `first`."""
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
    """An alias `*name`, at its own place; `target` is the node that `&name` marks."""

    target: Node = None  # type: ignore[assignment]  # always given; a default is needed after the base's defaults


def resolved(node: Node) -> Node:
    """Return the target of an alias, or `node` itself if it is not an alias."""
    while isinstance(node, Alias):
        node = node.target
    return node


def is_null(node: Node) -> bool:
    """Return whether `node` is null, which for an optional part means that the part is missing."""
    node = resolved(node)
    return isinstance(node, Scalar) and node.value is None


_KINDS = {str: "text", bool: "a boolean", int: "an integer", float: "a number with a fraction", type(None): "nothing"}


def kind_of(node: Node) -> str:
    """Return the kind of a node in words for an author, such as "a list"."""
    node = resolved(node)
    if isinstance(node, Scalar):
        return _KINDS[type(node.value)]
    return "a mapping" if isinstance(node, Mapping) else "a list"


def is_merge(key: Node, value: Node) -> bool:
    """Return whether an entry is a merge key, `<<`, of YAML 1.1."""
    return isinstance(key, Scalar) and key.text == "<<" and isinstance(resolved(value), Mapping | Sequence)
