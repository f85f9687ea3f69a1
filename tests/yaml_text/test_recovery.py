"""The readable rest of a text with syntax errors has the places of the original text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import Source
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.yaml_text.nodes import Mapping, resolved
from resolver.yaml_text.recovery import recovered_documents


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a: 1\nb: 2\n", {"a": 1, "b": 2}),
        ("a: 1\nb: [\nc: 3\n", {"a": 1, "c": 3}),
        ("a: 1\nb: {x: 1,\n   y: 2\nc: 3\n", {"a": 1, "c": 3}),
        ('a: 1\nb: "x\nc: 3\n', {"a": 1, "c": 3}),
        ("a: 1\nb: x: y\n  c: 3\n  d: 4\ne: 5\n", {"a": 1, "e": 5}),
        ("a: 1\nb c\ne: 5\n", {"a": 1, "e": 5}),
        ("a: 1\r\nb: [\r\nc: 3\r\n", {"a": 1, "c": 3}),
        ("a: 1\nb: @x\nc: *y\nd: 4\n", {"a": 1, "d": 4}),
        ("a:\n\tb: 1\nc: 3\n", {"a": None, "c": 3}),
        ("a: 1\nb: [", {"a": 1}),
    ],
)
def test_lines_with_errors_are_left_out(text: str, left: object) -> None:
    """So are the lines that are indented below such a line."""
    (document,) = recovered_documents(Source("a.yaml", text))
    assert plain(document, Problems()) == left


def test_what_is_left_has_the_places_of_the_text() -> None:
    """Blank lines take the place of the lines that are left out."""
    (document,) = recovered_documents(Source("a.yaml", "a: 1\nb: [\n  x,\nc: 3\n"))
    root = resolved(document)
    assert isinstance(root, Mapping)
    assert [(key.place.line, key.place.column, key.text) for key, _ in root.named()] == [(1, 1, "a"), (4, 1, "c")]


@pytest.mark.parametrize("text", ["@a\n" * 100, "%TAG ! x:\n---\na: 1\n", "[" * 500, "a: &x [*x]\n" * 50])
def test_a_text_with_too_many_errors_has_no_documents(text: str) -> None:
    """Only a few errors are passed over, and only errors of syntax."""
    assert recovered_documents(Source("a.yaml", text)) == []


@given(st.text(alphabet="ab:-[]{}'\"|>&*!%@# \t\n\r\x00\ufeff\u2028", max_size=60))
def test_any_text_is_recovered_or_given_up(text: str) -> None:
    """No text makes it fail."""
    recovered_documents(Source("a.yaml", text))
