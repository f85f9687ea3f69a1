"""Tabs between the parts of a line."""

from __future__ import annotations

import pytest

from resolver.diagnostics import Level, Source
from resolver.yaml_text.documents import read_documents


def _warned(text: str) -> list[tuple[int, int]]:
    _, found = read_documents(Source("a.yaml", text))
    assert all(one.code == "tab" and one.level is Level.WARNING for one in found)
    return [(one.place.line, one.place.column) for one in found]


@pytest.mark.parametrize(
    "text", ["a:\tb", "a: b\t", "a: b\t# c", "a: [b,\tc]", "a: b \tc", "a: {\n\tb: c}", "a: 'b'\t", "a: b\n \t# c"]
)
def test_between_the_parts_of_a_line(text: str) -> None:
    """A tab that is not content may be refused elsewhere, so there is a warning at the first one of the line."""
    at = text.index("\t")
    assert _warned(text) == [Source("", text).position(at)]


@pytest.mark.parametrize(
    "text",
    ["a: 'b\tc'", 'a: "b\tc"', "a: |\n  b\tc", "a: >\n  b\tc\n", "# a\tb", "a: b #\tc", "a: b # c\td\t", "a: '\n\tb'"],
)
def test_in_content_and_comments(text: str) -> None:
    """A tab in quotes, in a block or in a comment is good everywhere."""
    assert _warned(text) == []


def test_once_for_each_line() -> None:
    """A line is warned of once, however many tabs it has."""
    assert _warned("a:\tb\t\nc:\td\ne: '\t'\t# '\t'\nf: g") == [(1, 3), (2, 3), (3, 7)]


def test_the_line_of_a_block_is_no_content() -> None:
    """A tab after `|` is before the content of the block, with any line end."""
    for end in ("\n", "\r\n", "\r"):
        assert _warned(f"a: |\t{end}  b\tc{end}d:\te") == [(1, 5), (3, 3)]
