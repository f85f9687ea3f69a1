"""Where a cursor is, in block and flow style, in texts that are half typed. `|` marks the cursor."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.author.completion.cursor import Cursor, cursor_at


def at(text: str) -> Cursor | None:
    """Return the cursor at the last `|` of a text."""
    index = text.rindex("|")
    return cursor_at(text[:index] + text[index + 1 :], index)


@pytest.mark.parametrize(
    ("text", "path", "begun"),
    [
        ("|", (), ""),
        ("mod|", (), "mod"),
        ("a:\n  b: c\n|", (), ""),
        ("a:\n  b: c\n  |", ("a",), ""),
        ("a:\n  b: c\n  x|\n  d: e\n", ("a",), "x"),
        ("a:\n- b: c\n  |", ("a", 0), ""),
        ("a: {|", ("a",), ""),
        ("a: {b: c, d|", ("a",), "d"),
        ("a: [{b: c}, {|", ("a", 1), ""),
        ('a: {"b|": c}', ("a",), "b"),
        ("a:\r\n  b: c\r\n  d|", ("a",), "d"),
        ("a:\n  b: {c: d\n  |", ("a",), ""),
        ("🙂:\n  b: c\n  |", ("🙂",), ""),
        ("a: b\n---\nc|", (), "c"),
    ],
)
def test_key(text: str, path: tuple[Any, ...], begun: str) -> None:
    """A key can be written where the keys of a mapping are."""
    cursor = at(text)
    assert cursor is not None
    assert (cursor.mapping, cursor.value, cursor.begun) == (path, None, begun)


@pytest.mark.parametrize(
    ("text", "path", "begun"),
    [
        ("a: |", ("a",), ""),
        ("a: b c|", ("a",), "b c"),
        ("a:\n  b: {c: |", ("a", "b", "c"), ""),
        ("a: [b, c|]", ("a", 1), "c"),
        ("a: [b,|", ("a", 1), ""),
        ("a: 'it''s|'", ("a",), "it's"),
        ('{"a":"b|"}', ("a",), "b"),
        ("a:\n  - b: {$and: [{c: d}, {e: f|\n", ("a", 0, "b", "$and", 1, "e"), "f"),
    ],
)
def test_value(text: str, path: tuple[Any, ...], begun: str) -> None:
    """A value can be written behind a colon, and as an item of a list."""
    cursor = at(text)
    assert cursor is not None
    assert (cursor.mapping, cursor.value, cursor.begun) == (None, path, begun)


@pytest.mark.parametrize(("text", "path"), [("a:\n  |", ("a",)), ("a:\n  b|", ("a",)), ("a:\n  - |", ("a", 0))])
def test_key_or_value(text: str, path: tuple[Any, ...]) -> None:
    """The first word below a key, or behind a dash, may be either."""
    cursor = at(text)
    assert cursor is not None
    assert (cursor.mapping, cursor.value) == (path, path)


@pytest.mark.parametrize(
    "text",
    [
        "# a|",
        "a: b # c|",
        "a: {b: c} # d|",
        "a: [ # b|",
        "a: >\n  b|",
        "a:\n  b: c\n   |",
        "a: [b]|",
        "a: {b: c} |",
        "a: *b|",
        "a: &b|",
    ],
)
def test_nothing(text: str) -> None:
    """Nothing can be completed in comments, blocks and aliases, and where YAML allows nothing."""
    assert at(text) is None


def test_block_of_text() -> None:
    """Words in a block of text mean themselves, up to its last line."""
    text = "a: |\n  b: c\n\n  d\n"
    assert cursor_at(text, text.index("c")) is None
    assert cursor_at(text, text.index("d") + 1) is None


@pytest.mark.parametrize(
    ("text", "word", "has_colon"),
    [
        ("a: ge|neral # c", "general", False),
        ("a: [b, c|d, e]", "cd", False),
        ("a: 'x|y z' # c", "'xy z'", False),
        ('"x|": y', '"x"', True),
        ("x|y: z", "xy", True),
        ("a: |b", "", False),
    ],
)
def test_word_is_whole(text: str, word: str, *, has_colon: bool) -> None:
    """The word that has been begun ends behind the cursor, in its quotes."""
    cursor = at(text)
    assert cursor is not None
    assert text.replace("|", "")[cursor.start : cursor.end] == word
    assert cursor.has_colon is has_colon


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a:\n  b: c\n  |\n  d: e\n\n  # f: g\n  'h i': j\nk: l\n", {"b", "d", "h i"}),
        ("a: {b: c, |, d: {e: f}, g: h}", {"b", "d", "g"}),
        ("a:\n  |\n  b: c\n", {"b"}),
    ],
)
def test_keys_that_are_there(text: str, keys: set[str]) -> None:
    """The keys before and after the cursor are known."""
    cursor = at(text)
    assert cursor is not None
    assert cursor.keys == keys
