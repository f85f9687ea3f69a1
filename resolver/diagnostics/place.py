"""Places in a file that a person wrote."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from resolver.frozen import frozen

_LINE_END = re.compile(r"\r\n?|\n")
"""The end of a line in YAML 1.2; `str.splitlines` splits at many more characters."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as it was read: its name as people typed it, its text without a byte order mark, and its path.

    Once the text is parsed, `directives` has the start and the end of each comment `# resolver: …`.
    """

    name: str
    text: str = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    directives: list[tuple[int, int]] = field(init=False, repr=False, default_factory=list)
    _starts: list[int] = field(init=False, repr=False, default_factory=list)
    _hidden: list[tuple[int, int]] = field(init=False, repr=False, default_factory=list)

    def hide(self, start: int, end: int) -> None:
        """Show asterisks for the code points from `start` to `end` (exclusive), which may be a key, from now on."""
        self._hidden.append((start, end))

    def visible(self, start: int, end: int) -> str:
        """Return the text from `start` to `end` (exclusive), without the parts to hide."""
        text = self.text[start:end]
        for first, last in [(first, last) for first, last in self._hidden if first < end and last > start]:
            before, after = max(0, first - start), last - start
            text = text[:before] + "*" * len(text[before:after]) + text[after:]
        return text

    def line(self, number: int) -> str:
        """Return line `number` with its secrets hidden and without its line end, or an empty text beyond the last line.

        Args:
            number: The number of the line, counted from 1.

        """
        return self.visible(*self.bounds(number))

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the start of line `number`, and its end without the line end."""
        starts, text = self._line_starts(), self.text
        if not 1 <= number <= len(starts):
            return len(text), len(text)
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(text)
        if end > start and text[end - 1] == "\n":
            end -= 1
        if end > start and text[end - 1] == "\r":
            end -= 1
        return start, end

    def position(self, index: int) -> tuple[int, int]:
        """Return the line and the column of the code point at `index`, both counted from 1."""
        starts = self._line_starts()
        line = bisect_right(starts, index)
        return line, index - starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """Return the place of the code points from `start` to `end` (exclusive), in the first line of them."""
        starts = self._line_starts()
        line = bisect_right(starts, start)
        if line == len(starts) or end > starts[line] - 2:  # it may go on into the next line
            end = min(end, self.bounds(line)[1])
        return Place(self, line, start - starts[line - 1] + 1, max(0, end - start))

    def _line_starts(self) -> list[int]:
        if not self._starts:
            if "\r" in self.text:
                self._starts[:] = [0, *[end.end() for end in _LINE_END.finditer(self.text)]]
            else:
                self._starts[:] = [0, *accumulate([len(line) + 1 for line in self.text.split("\n")[:-1]])]
        return self._starts


@frozen
class Place:
    """A part of one line: `line` and `column` count from 1 in code points; `length` is 0 for a missing value."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        """Return `file:line`, which cites a rule."""
        return f"{self.source.name}:{self.line}"

    @property
    def text(self) -> str:
        """Return the text at this place."""
        start = self.source.bounds(self.line)[0] + self.column - 1
        return self.source.text[start : start + self.length]

    @property
    def sort_key(self) -> tuple[str, int, int]:
        """A key that sorts places by file name, line and column."""
        return self.source.name, self.line, self.column
