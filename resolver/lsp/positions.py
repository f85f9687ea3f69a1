"""Positions of the Language Server Protocol in a text, and the same positions as indexes of its code points.

pygls counts lines by `str.splitlines`, which also ends them at characters such as U+2028. Editors and YAML do not.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from lsprotocol.types import Position, PositionEncodingKind, Range

from resolver.diagnostics import Place

_LINE_END = re.compile(r"\r\n?|\n")
_CODECS = {PositionEncodingKind.Utf8: ("utf-8", 1), PositionEncodingKind.Utf16: ("utf-16-le", 2)}


class Lines:
    r"""The lines of a text as an editor has it.

    Args:
        text: The text. The program reads it without the byte order marks at its start.
        encoding: The unit in which the client counts the characters of a line.

    >>> Lines("a: 🙂 # b\nc: d").position(5)
    0:6
    """

    def __init__(self, text: str, encoding: PositionEncodingKind | str = PositionEncodingKind.Utf16) -> None:
        self.text = text
        self._codec = _CODECS.get(PositionEncodingKind(encoding))
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._measured: dict[int, Sequence[int]] = {}
        self._marks = len(text) - len(text.lstrip("\ufeff"))

    def index(self, position: Position) -> int:
        """Return the index of a position in the text without byte order marks; a position outside is moved inside."""
        if position.line >= len(self._starts):
            return len(self.text) - self._marks
        column = self._column(position.line, position.character)
        return max(0, self._starts[position.line] + column - self._marks)

    def position(self, index: int) -> Position:
        """Return the position of an index of the text without byte order marks."""
        index = min(max(0, index) + self._marks, len(self.text))
        line = bisect_right(self._starts, index) - 1
        return Position(line, self._offsets(line)[index - self._starts[line]])

    def range(self, start: int, end: int) -> Range:
        """Return the range from one index to another."""
        return Range(self.position(start), self.position(end))

    def range_of(self, place: Place) -> Range:
        """Return the range of a place; at least one character where there is one."""
        if place.line > len(self._starts):
            return self.range(0, 0)
        start = self._starts[place.line - 1] + place.column - 1 - (self._marks if place.line > 1 else 0)
        return self.range(start, start + place.length)

    def _column(self, number: int, units: int) -> int:
        """Return how many characters of a line begin before `units`."""
        offsets, start = self._offsets(number), self._starts[number]
        line = self.text[start : start + len(offsets) - 1].rstrip("\r\n")
        return min(bisect_left(offsets, units), len(line))

    def _offsets(self, number: int) -> Sequence[int]:
        """Return how many units of a line are before each of its characters, and before the next line."""
        if number not in self._measured:
            line = self.text[self._starts[number] : (*self._starts[number + 1 : number + 2], len(self.text))[0]]
            offsets: Sequence[int] = range(len(line) + 1)
            if self._codec is not None and not line.isascii():
                codec, size = self._codec
                offsets = [0, *accumulate(len(each.encode(codec, "surrogatepass")) // size for each in line)]
            self._measured[number] = offsets
        return self._measured[number]
