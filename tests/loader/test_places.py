"""Every node stands where its text is, in every layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from resolver.diagnostics import Level, Source
from resolver.yaml_text.documents import read_documents
from resolver.yaml_text.nodes import Alias, Mapping, Node, Scalar, Sequence
from tests.yaml_text.yaml_documents import streams


def _nodes(text: str) -> list[Node]:
    nodes, found = read_documents(Source("a.yaml", text))
    assert all(one.level is Level.WARNING for one in found)
    return nodes


@pytest.mark.slow
@given(streams())
def test_every_node_stands_where_its_text_is(stream: tuple[str, list[Any]]) -> None:
    """The text between `start` and `end` of a node says, on its own, what the node says."""
    nodes = _nodes(stream[0].removeprefix("\ufeff"))
    for root in nodes:
        for node in _all(root):
            _check_place(node)


def _all(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _all(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield from _all(key)
            yield from _all(value)


def _starts(node: Node) -> list[int]:
    if isinstance(node, Sequence):
        return [item.head for item in node.items]
    return [part.head for entry in node.entries for part in entry] if isinstance(node, Mapping) else []


def _check_place(node: Node) -> None:
    text = node.source.text[node.start : node.end]
    place = node.place
    line = node.source.line(place.line)
    assert line[place.column - 1 :][: place.length] == re.split(r"[\r\n]", text)[0]
    if isinstance(node, Alias):
        assert re.fullmatch(r"\*a\d+", text)
    elif isinstance(node, Scalar) and text.startswith(("|", ">")):
        assert set(node.text.split()) <= set(text.split())
    elif isinstance(node, Scalar):
        again = _nodes(text)
        assert repr([each.value for each in again if isinstance(each, Scalar)] or [None]) == repr([node.value])
    elif text.startswith(("[", "{")):
        assert text[0] + text[-1] in ("[]", "{}")
    else:
        assert node.start <= min(_starts(node))
        assert isinstance(node, Mapping) or text.startswith("-")
