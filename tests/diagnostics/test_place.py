"""Lines and columns of a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import Place, Source, excerpt

_TEXTS = st.text(st.sampled_from("ab\n\r\té\U0001f600\x85\u2028\x0b"), max_size=30)


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_yaml(end: str) -> None:
    """LF, CRLF and CR end a line; what only `str.splitlines` knows does not."""
    source = Source("a", f"one\x0b\x85\u2028{end}{end}two")
    assert [source.line(number) for number in range(5)] == ["", "one\x0b\x85\u2028", "", "two", ""]


@given(_TEXTS)
def test_every_line(text: str) -> None:
    """A text has the lines that its line ends make."""
    source, lines = Source("a", text), _lines(text)
    assert [source.line(number) for number in range(1, len(lines) + 1)] == lines
    assert source.line(len(lines) + 1) == ""


def test_a_key_is_hidden_in_lines_and_excerpts() -> None:
    """Hidden parts are asterisks wherever a line is shown; the text itself stays."""
    source = Source("a", "a: key\n  more, b: 1\nc: key2")
    source.hide(3, 13)
    source.hide(23, 99)
    assert [source.line(number) for number in (1, 2, 3)] == ["a: ***", "******, b: 1", "c: ****"]
    assert excerpt(source.place(15, 16)) == "******, b: 1"
    assert source.text.endswith("key2")


@given(_TEXTS, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_hidden_part_keeps_the_columns(text: str, start: int, end: int, first: int, last: int) -> None:
    """Hiding replaces code points one by one, and only those."""
    source = Source("a", text)
    first, last = sorted((first, last))
    source.hide(first, last)
    expected = "".join("*" if first <= index < last else character for index, character in enumerate(text))
    assert source.visible(start, end) == expected[start:end]


@given(_TEXTS)
def test_every_position(text: str) -> None:
    """Each code point is at its column of its line, counted from 1."""
    source = Source("a", text)
    for index, character in enumerate(text):
        line, column = source.position(index)
        assert (source.line(line) + "\r\n")[column - 1] == character or character == "\n"
    assert source.position(len(text)) == (len(_lines(text)), len(_lines(text)[-1]) + 1)


@given(_TEXTS, st.data())
def test_a_place_is_on_one_line(text: str, data: st.DataObject) -> None:
    """The place of a stretch of text has as much of it as is on its first line."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = Source("a", text).place(start, end)
    line = place.source.line(place.line)
    assert line[place.column - 1 :][: place.length] == re.split(r"[\r\n]", text[start:end])[0]


def test_a_place_is_cited_with_its_line() -> None:
    """A rule is cited as `file:line`."""
    assert str(Place(Source("policies/a.yaml", "x"), 3, 5)) == "policies/a.yaml:3"


def test_places_are_sorted_by_file_line_and_column() -> None:
    """Numbers are numbers: line 10 comes after line 9."""
    one, two = Source("a", ""), Source("b", "")
    places = [Place(one, 9, 2), Place(one, 10, 1), Place(one, 10, 11), Place(two, 1, 1)]
    shuffled = [places[2], places[0], places[3], places[1]]
    assert sorted(shuffled, key=lambda place: place.sort_key) == places
