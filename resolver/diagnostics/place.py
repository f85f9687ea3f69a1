"""Places in a file that a person wrote."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from resolver.frozen import frozen


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as it was read: its name as people typed it, its text without a byte order mark, and its path."""

    name: str
    text: str = field(repr=False)
    path: Path | None = field(default=None, repr=False)
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
        line, column = self.position(start)
        return Place(self, line, column, max(0, min(end, self.bounds(line)[1]) - start))

    def _line_starts(self) -> list[int]:
        if not self._starts:
            starts, index, text = [0], 0, self.text
            # In YAML 1.2, only CR, LF and CRLF end a line; str.splitlines splits at many more characters.
            while (index := _line_end(text, index)) != -1:
                starts.append(index)
            self._starts.extend(starts)
        return self._starts


def _line_end(text: str, at: int) -> int:
    """Return the index after the next line end at or after `at`, or -1 if there is none."""
    newline = text.find("\n", at)
    carriage = text.find("\r", at, newline if newline != -1 else len(text))
    if carriage != -1:
        return carriage + (2 if text.startswith("\r\n", carriage) else 1)
    return newline + 1 if newline != -1 else -1


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
