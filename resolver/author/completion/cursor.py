"""Finds out where in a YAML text a cursor is: the keys that lead there, and the word that has been begun."""

from __future__ import annotations

import re
from dataclasses import replace

from resolver.author.completion.open_frames import LINE, Frame, KeyPath, enclosing, spoken
from resolver.author.completion.tolerant_outline import TolerantOutline
from resolver.frozen import frozen

LONGEST_TEXT = 8_000_000
"""Characters of a text in which words are looked for."""

_SECTION = re.compile(r"(?:\A|(?<=[\r\n]))[A-Za-z_][\w-]*:(?=[ \t\r\n]|\Z)")
_REST_OF_WORD = re.compile(r"[^\s,\[\]{}:#'\"]*")
_COLON = re.compile(r"[ \t]*:(?=[\s,\[\]{}]|\Z)")
_COLON_AFTER_QUOTE = re.compile(r"[ \t]*:")
_KEY = re.compile(r"(\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\r\n]|'')*'|[^\s#\"'\[\]{},-][^:\r\n]*)[ \t]*:(?=[ \t]|\Z)")
_FLOW_PART = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]{}:\"']+)[ \t]*(:?)|[\[\]{},]|.", re.DOTALL)
_MOST_AFTER = 20_000
"""Characters behind the cursor in which keys of the same mapping are looked for."""


@frozen
class Cursor:
    """A cursor, and what can be written there.

    Args:
        mapping: The path of the mapping of which a key can be written, None if no key can be.
        value: The path of the value that can be written, None if no value can be.
        keys: The keys that the mapping has already, or the items of the list before the cursor.
        begun: The part of the word before the cursor.
        start: The index at which the word begins, with its quote.
        end: The index behind the word, with its quote.
        quote: The quote in which the word is, empty if it is in none.
        is_flow: Whether the cursor is in brackets.
        has_colon: Whether a colon follows the word.
        needs_blank: Whether a blank is missing before the word.
    """

    mapping: KeyPath | None
    value: KeyPath | None
    keys: frozenset[str]
    begun: str
    start: int
    end: int
    quote: str = ""
    is_flow: bool = False
    has_colon: bool = False
    needs_blank: bool = False


def cursor_at(text: str, index: int) -> Cursor | None:
    r"""Return the cursor at an index of a text; None in a comment, in a block of text, and where nothing can be.

    >>> cursor = cursor_at("role_defaults:\n  critic: gen", 28)
    >>> cursor.value, cursor.begun
    (('role_defaults', 'critic'), 'gen')
    """
    if len(text) > LONGEST_TEXT or not 0 <= index <= len(text):
        return None
    first, _ = section_around(text, index)
    before = text[first:index]
    outline = TolerantOutline(before)
    reading = outline.reading
    if reading.is_literal or reading.at < len(before):
        return None
    start = index if reading.half is None else first + reading.half
    begun = text[start:index]
    quote = begun[:1] if begun[:1] in ("'", '"') else ""
    if re.search(r"[\r\n]", begun) or (begun[:1] in ("|", ">", "&", "*", "!", "%", "@", "`")):
        return None
    end, has_colon = _end(text, index, quote, begun)
    frames, column = reading.frames, outline.column
    needs_blank = reading.half is None and text[index - 1 : index] in (":", "-")
    word = (spoken(begun), start, end, quote)
    if frames and frames[-1].is_flow:
        frame = frames[-1]
        if not frame.is_list and frame.key is None:
            keys = frozenset(frame.keys) | _flow_keys_after(text, end)
            return Cursor(_path(frames[:-1]), None, keys, *word, is_flow=True, has_colon=has_colon)
        items = _items_before(outline, frames, start - first)
        return Cursor(None, _path(frames), items, *word, is_flow=True, needs_blank=needs_blank)
    if column is None:  # behind a key
        is_new = reading.half is not None or frames[-1].is_open
        return Cursor(None, _path(frames), frozenset(), *word, needs_blank=needs_blank) if is_new else None
    frames = enclosing(frames, column)
    cursor = _in_block(text, frames, column, word, has_colon=has_colon, needs_blank=needs_blank)
    is_item = cursor is not None and bool(frames) and frames[-1].is_list
    return replace(cursor, keys=_items_before(outline, frames, start - first)) if cursor and is_item else cursor


def _in_block(
    text: str, frames: list[Frame], column: int, word: tuple[str, int, int, str], *, has_colon: bool, needs_blank: bool
) -> Cursor | None:
    """Return the cursor in a line that begins in this column, with nothing but dashes before it."""
    end = word[2]
    last = frames[-1] if frames else None
    if last is not None and last.column == column:
        keys = frozenset(last.keys) | _keys_after(text, end, column)
        return Cursor(_path(frames[:-1]), None, keys, *word, has_colon=has_colon)
    begins = last is None or last.is_open or last.key is None
    if not begins and not (word[0] or word[3]):
        return None
    if not begins and last is not None and not last.is_list:
        return None
    keys = _keys_after(text, end, column)
    value = None if last is None or keys else _path(frames)
    return Cursor(_path(frames), value, keys, *word, has_colon=has_colon, needs_blank=needs_blank)


def _items_before(outline: TolerantOutline, frames: list[Frame], start: int) -> frozenset[str]:
    """Return the items of the innermost list that are words before an index."""
    if not (frames and frames[-1].is_list):
        return frozenset()
    path, length = _path(frames)[:-1], len(_path(frames))
    return frozenset(
        word.text
        for word in outline.words
        if word.start < start and not word.is_key and len(word.path) == length and word.path[:-1] == path
    )


def section_around(text: str, index: int) -> tuple[int, int]:
    """Return the start and the end of the section around an index: nothing else matters there."""
    if text.lstrip()[:1] in ("{", "["):
        return 0, len(text)
    first, last = 0, len(text)
    for section in _SECTION.finditer(text):
        if section.start() > index:
            last = section.start()
            break
        first = section.start()
    return first, last


def _end(text: str, index: int, quote: str, begun: str) -> tuple[int, bool]:
    """Return the end of the word at an index, and whether a colon follows it."""
    if quote:
        line_end = re.compile(r"[\r\n]|\Z").search(text, index)
        assert line_end is not None
        body = r"(?:[^\"\\\r\n]|\\.)*\"" if quote == '"' else r"(?:[^'\r\n]|'')*'"
        closed = re.compile(body).match(text, index)
        end = closed.end() if closed is not None else index
        return end, _COLON_AFTER_QUOTE.match(text, end) is not None
    if not begun:
        return index, False
    rest = _REST_OF_WORD.match(text, index)
    assert rest is not None
    return rest.end(), _COLON.match(text, rest.end()) is not None


def _path(frames: list[Frame]) -> KeyPath:
    return tuple(frame.key for frame in frames if frame.key is not None)


def _keys_after(text: str, index: int, column: int) -> frozenset[str]:
    """Return the keys in this column in the lines after an index, up to the end of their mapping."""
    keys: set[str] = set()
    at = text.find("\n", index)
    stop = index + _MOST_AFTER
    while 0 <= at < stop and at + 1 < len(text):
        line = LINE.match(text, at + 1)
        assert line is not None
        indent = len(line[1])
        if line[2] and not line[2].startswith("#"):
            if indent < column or (line[2].startswith(("---", "...", "- ")) and indent == column):
                break
            if indent == column and (key := _KEY.match(line[2])) is not None:
                keys.add(spoken(key[1].rstrip()))
        at = text.find("\n", at + 1)
    return frozenset(keys)


def _flow_keys_after(text: str, index: int) -> frozenset[str]:
    """Return the keys of a mapping in brackets that follow an index."""
    keys: set[str] = set()
    depth = 0
    for part in _FLOW_PART.finditer(text, index, index + _MOST_AFTER):
        if part[0] in ("{", "["):
            depth += 1
        elif part[0] in ("}", "]"):
            depth -= 1
        elif part[2] and not depth:
            keys.add(spoken(part[1]))
        if depth < 0:
            return frozenset(keys)
    return frozenset()
