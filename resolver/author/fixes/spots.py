"""The nodes of a text around a place, and edits of them that leave the rest of the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.diagnostics import Place, Source
from resolver.frozen import frozen
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence
from resolver.yaml_text.quoting import quoted, scalar
from resolver.yaml_text.splices import Splice

Entry = tuple[Node, Node]
"""The key and the value of a mapping's entry."""


@frozen
class Spot:
    """A node on the way from a document to a place.

    Args:
        node: The node.
        parent: The mapping or the list that it is part of, None for a document.
        index: Which entry or item of the parent it is in.
    """

    node: Node
    parent: Node | None = None
    index: int = 0

    @property
    def entry(self) -> Entry | None:
        """The entry of the mapping that it is the key or the value of."""
        return self.parent.entries[self.index] if isinstance(self.parent, Mapping) else None

    @property
    def is_key(self) -> bool:
        """Whether it is the key of an entry."""
        return self.entry is not None and self.entry[0] is self.node

    @property
    def key(self) -> str:
        """The text of the key of its entry, empty if it has none."""
        return text_of(self.entry[0]) if self.entry is not None else ""


def index_of(place: Place) -> int:
    """Return the index of a place in the text of its source."""
    return place.source.bounds(place.line)[0] + place.column - 1


def documents_of(source: Source) -> list[Node]:
    """Return the documents of a text, none if it is not valid YAML."""
    return read_documents(Source(source.name, source.text, source.path))[0]


def spots_at(documents: list[Node], index: int) -> list[Spot]:
    """Return the nodes around an index of a text, the innermost first; none beside all documents."""
    document = next((each for each in reversed(documents) if each.head <= index), None)
    if document is None:
        return []
    spots = [Spot(document)]
    while (inner := _inner(spots[-1].node, index)) is not None:
        spots.append(inner)
    return spots[::-1]


def _inner(node: Node, index: int) -> Spot | None:
    if isinstance(node, Mapping):
        entries = [(number, entry) for number, entry in enumerate(node.entries) if entry[0].head <= index]
        if not entries:
            return None
        number, (key, value) = entries[-1]
        return Spot(key if index < max(key.end, key.start + 1) else value, node, number)
    if isinstance(node, Sequence):
        items = [(number, item) for number, item in enumerate(node.items) if item.head <= index]
        return Spot(items[-1][1], node, items[-1][0]) if items else None
    return None


def text_of(node: Node) -> str:
    """Return the text of a scalar, an empty text for other nodes."""
    return node.text if isinstance(node, Scalar) else ""


def is_flow(node: Node) -> bool:
    """Return whether a list or a mapping is written in brackets."""
    return node.source.text[node.start : node.start + 1] in ("[", "{")


def end_of(node: Node) -> int:
    """Return the end of what is written of a node, without the space and the comments after it."""
    if isinstance(node, Mapping) and node.entries and not is_flow(node):
        key, value = node.entries[-1]
        return max(end_of(value), key.end + 1)
    if isinstance(node, Sequence) and node.items and not is_flow(node):
        return end_of(node.items[-1])
    if isinstance(node, Scalar) and node.source.text[node.start : node.start + 1] in ("|", ">"):
        return node.start + len(node.source.text[node.start : node.end].rstrip())
    return max(node.start, node.end)


def written(node: Node) -> str:
    """Return a node as it is written."""
    return node.source.text[node.start : end_of(node)]


def scalars_in(node: Node) -> Iterator[Scalar]:
    """Yield the scalars below a node, without those that aliases stand for."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield from scalars_in(key)
            yield from scalars_in(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars_in(item)
    elif isinstance(node, Scalar):
        yield node


def in_its_quotes(node: Scalar, text: str) -> Splice:
    """Return the change that gives a scalar another text, in the quotes that it has."""
    quote = node.source.text[node.start : node.start + 1]
    if quote == '"':
        text = quoted(text)
    elif quote == "'" and text.isprintable():
        text = "'" + text.replace("'", "''") + "'"
    else:
        text = scalar(text)
    return Splice(node.start, node.end, text)


def instead_of(spot: Spot, text: str) -> Splice:
    """Return the change that writes `text` in place of a node; a block under its key moves beside the key."""
    node, entry = spot.node, spot.entry
    if entry is not None and not spot.is_key and not isinstance(node, Scalar) and not is_flow(node):
        colon = node.source.text.find(":", entry[0].end, node.start)
        if colon >= 0 and not node.source.text[colon + 1 : node.start].strip():
            return Splice(colon + 1, end_of(node), f" {text}")
    if entry is not None and not spot.is_key and node.start == end_of(node):  # nothing is written there
        colon = node.source.text.find(":", entry[0].end)
        if colon >= 0:
            return Splice(colon + 1, max(colon + 1, end_of(node)), f" {text}")
    return Splice(node.start, end_of(node), text)


def without(spot: Spot) -> Splice | None:
    """Return the change that removes an entry or an item, None for a document."""
    if isinstance(spot.parent, Mapping):
        spans = [(key.head, max(end_of(value), key.end + 1)) for key, value in spot.parent.entries]
    elif isinstance(spot.parent, Sequence):
        spans = [(item.head, end_of(item)) for item in spot.parent.items]
    else:
        return None
    text, number = spot.node.source.text, spot.index
    start, end = spans[number]
    if is_flow(spot.parent):
        if number + 1 < len(spans):
            return Splice(start, spans[number + 1][0], "")
        return Splice(spans[number - 1][1] if number else start, end, "")
    if len(spans) == 1:
        return Splice(start, end, "{}") if isinstance(spot.parent, Mapping) else None
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip(" -") and text[line:start].count("-") <= isinstance(spot.parent, Sequence):
        stop = text.find("\n", end)
        return Splice(line, len(text) if stop < 0 else stop + 1, "")
    return Splice(start, spans[number + 1][0], "") if number + 1 < len(spans) else None


def line_end(text: str) -> str:
    """Return the end of lines that a text has."""
    match = re.search(r"\r\n?|\n", text)
    return match[0] if match else "\n"
