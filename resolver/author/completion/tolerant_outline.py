"""Outlines a YAML text by indentation and brackets: the path of each word, although a line may be half typed.

It knows no errors. What a parser would refuse is read as its author most likely means it.
"""

from __future__ import annotations

import re

from resolver.author.completion.bracket_values import read_brackets
from resolver.author.completion.open_frames import (
    LINE,
    MOST_NESTED,
    PROPERTIES,
    QUOTED,
    Frame,
    Reading,
    Word,
    enclosing,
)

_DASH = re.compile(r"-(?=[ \t\r\n]|\Z)")
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_KEY_END = re.compile(r":(?=[ \t\r\n]|\Z)|[ \t]#|[\r\n]|\Z")
_COLON = re.compile(r"[ \t]*:(?=[ \t\r\n]|\Z)")
_PLAIN_END = re.compile(r"[ \t]#|[\r\n]|\Z")
_NO_PLAIN = frozenset("\"'{[|>#,]}")


class TolerantOutline:
    r"""The words of a text, and what is open at its end.

    Args:
        text: The text.

    >>> [(*word.path, word.text) for word in TolerantOutline("a:\n  b: {c: [d, e\n  f: g").words][-3:]
    [('a', 'b', 'c', 1, 'e'), ('a', 'f'), ('a', 'f', 'g')]
    """

    def __init__(self, text: str) -> None:
        self.reading = Reading(text)
        self.column: int | None = 0
        """The column of what the last line begins with or would; None if that is behind a key or in brackets."""
        while self.reading.at < len(text) and len(self.reading.frames) < MOST_NESTED:
            self._line()
        if not text or (text[-1] in "\r\n" and not self._in_brackets):
            self.column = 0

    @property
    def words(self) -> list[Word]:
        """The scalars of the text, in their order."""
        return self.reading.words

    @property
    def _in_brackets(self) -> bool:
        return bool(self.reading.frames) and self.reading.frames[-1].is_flow

    def _line(self) -> None:
        """Read one line, and what follows on further lines of its value."""
        reading, text = self.reading, self.reading.text
        reading.is_literal, reading.half = False, None
        self.column = column = reading.skip_blanks()
        if self._is_blank():
            return
        if column == 0 and text.startswith(("---", "...", "%"), reading.at):
            reading.frames.clear()
            reading.skip_line()
            return
        while _DASH.match(text, reading.at):
            self._item(column)
            reading.at += 1
            column += 1 + reading.skip_blanks()
            self.column = column
            if self._is_blank():
                return
        reading.frames = enclosing(reading.frames, column)
        if (key := self._key()) is not None:
            if not (reading.frames and reading.frames[-1].column == column):
                reading.push(Frame(column))
            reading.add_key(key[0], key[1])
            reading.at = key[2]
            self.column = None
            reading.skip_blanks()
            if self._is_blank():
                return
        self._value()

    def _is_blank(self) -> bool:
        """Return whether nothing but a comment is left of a line, and move to the next one if it is so."""
        if self.reading.text[self.reading.at : self.reading.at + 1] not in ("", "\r", "\n", "#"):
            return False
        self.reading.skip_line()
        return True

    def _item(self, column: int) -> None:
        """Begin the next item of the list whose dashes are in this column."""
        frames = self.reading.frames
        while frames and frames[-1].column > column:
            frames.pop()
        if not (frames and frames[-1].is_list and frames[-1].column == column):
            self.reading.push(Frame(column, is_list=True, key=-1))
        frame = frames[-1]
        assert isinstance(frame.key, int)
        frame.key, frame.is_open = frame.key + 1, True

    def _key(self) -> tuple[int, int, int] | None:
        """Return the start and the end of a key and the index behind its colon; None if no key comes next."""
        text, start = self.reading.text, self.reading.at
        if (properties := PROPERTIES.match(text, start)) is not None:
            start = properties.end()
        if text[start : start + 1] in ("'", '"'):
            quoted = QUOTED.match(text, start, self.reading.line_end(start))
            colon = _COLON.match(text, quoted.end()) if quoted is not None else None
            return (start, quoted.end(), colon.end()) if quoted is not None and colon is not None else None
        if text[start : start + 1] in _NO_PLAIN:
            return None
        end = _KEY_END.search(text, start)
        assert end is not None
        is_key = end[0] == ":"
        return (start, start + len(text[start : end.start()].rstrip()), end.end()) if is_key else None

    def _value(self) -> None:
        """Read the value that begins in this line, and the rest of its last line."""
        reading, text = self.reading, self.reading.text
        if (properties := PROPERTIES.match(text, reading.at)) is not None:
            reading.at = properties.end()
        start = reading.at
        first = text[start : start + 1]
        parent = reading.frames[-1].column if reading.frames else -1
        if _BLOCK.match(text, start):
            self._block(parent)
        elif first in ("{", "["):
            read_brackets(reading, parent)
            if self._in_brackets:
                self.column = None
        elif first in ("'", '"'):
            reading.at = reading.after_quote(start, parent)
            reading.add_value(start, reading.at)
            reading.skip_line()
        else:
            end = _PLAIN_END.search(text, start)
            assert end is not None
            reading.add_value(start, start + len(text[start : end.start()].rstrip()))
            reading.at = end.start()
            reading.skip_line()

    def _block(self, parent: int) -> None:
        """Move over a block of text, whose lines are indented more than its key."""
        reading = self.reading
        reading.skip_line()
        while reading.at < len(reading.text):
            match = LINE.match(reading.text, reading.at)
            assert match is not None
            if match[2] and len(match[1]) <= parent:
                return
            reading.at = match.end()
        reading.is_literal = True
