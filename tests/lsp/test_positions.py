"""Positions are indexes of the text and back, whatever the text and the client's units."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, PositionEncodingKind

from resolver.diagnostics import Source
from resolver.lsp.positions import Lines

TEXTS = st.text(st.sampled_from("ab: \n\r\t🙂é\u2028\u0085\x0c\ud83d\ufeff"), max_size=40)
ENCODINGS = st.sampled_from([PositionEncodingKind.Utf8, PositionEncodingKind.Utf16, PositionEncodingKind.Utf32])
SIZES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@given(TEXTS, ENCODINGS)
def test_each_index_has_one_position(text: str, encoding: PositionEncodingKind) -> None:
    """Each index comes back from its position, but between the two parts of one line end."""
    lines, read = Lines(text, encoding), text.lstrip("\ufeff")
    for index in range(len(read) + 1):
        if read[index - 1 : index + 1] != "\r\n" or index == 0:
            assert lines.index(lines.position(index)) == index


@given(TEXTS, ENCODINGS)
def test_position_counts_lines_and_units_as_the_protocol_does(text: str, encoding: PositionEncodingKind) -> None:
    """The line is the number of line ends before, the character the number of units after the last of them."""
    lines, marks = Lines(text, encoding), len(text) - len(text.lstrip("\ufeff"))
    codec, size = SIZES[encoding.value]
    for index in range(len(text) - marks + 1):
        before = text[: index + marks]
        if before.endswith("\r") and text[index + marks : index + marks + 1] == "\n":
            continue
        parts = re.split(r"\r\n|\r|\n", before)
        units = len(parts[-1].encode(codec, "surrogatepass")) // size
        assert lines.position(index) == Position(len(parts) - 1, units)


@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_position_outside_of_the_text_is_moved_inside(text: str, line: int, character: int) -> None:
    """No position is an error."""
    assert 0 <= Lines(text).index(Position(line, character)) <= len(text.lstrip("\ufeff"))


@given(TEXTS, st.data())
def test_place_has_the_range_of_its_characters(text: str, data: st.DataObject) -> None:
    """The range of a place begins at the character that the place begins at."""
    read = text.lstrip("\ufeff")
    start = data.draw(st.integers(0, len(read)))
    if read[start - 1 : start + 1] == "\r\n" and start:
        return
    place = Source("a.yaml", read).place(start, start + 1)
    lines = Lines(text)
    assert lines.range_of(place).start == lines.position(start)


@pytest.mark.parametrize(("character", "index"), [(0, 0), (1, 1), (2, 1), (3, 2)])
def test_position_inside_of_a_pair_is_after_it(character: int, index: int) -> None:
    """A client that counts half of a character gets a whole one."""
    assert Lines("🙂a").index(Position(0, character)) == index
