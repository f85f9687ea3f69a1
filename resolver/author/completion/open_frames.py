"""The state of reading a text that may not be YAML: its words so far, and the mappings and lists that are open."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from resolver.frozen import frozen

KeyPath = tuple[str | int, ...]
"""Keys and indexes of items, from the root of a document."""

MOST_NESTED = 60
"""Levels of a text that are read; a policy has ten."""
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"|\'(?:[^\']|\'\')*+\'', re.DOTALL)
"""A text in quotes."""
PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")
"""An anchor and a tag before a value."""
LINE = re.compile(r"([ \t]*)([^\r\n]*)(\r\n?|\n|\Z)")
"""The blanks, the rest and the end of a line."""
_LINE_END = re.compile(r"[\r\n]|\Z")
_INDENTED = re.compile(r"[\r\n]([ \t]*)(?=[^\s])")
_COMMENT = re.compile(r"(?:^|[ \t])#")
_BLANKS = re.compile(r"[ \t]*")


@frozen
class Word:
    """A scalar of a text.

    Args:
        path: The path of the value; of a key, the path of its mapping.
        text: What the scalar says.
        start: The index at which it begins, with its quote.
        end: The index behind it, with its quote.
        is_key: Whether it is a key of a mapping.
    """

    path: KeyPath
    text: str
    start: int
    end: int
    is_key: bool


@dataclass(slots=True)
class Frame:
    """A mapping or a list that is not closed yet; `key` is the key or the index whose value comes next.

    `column` is that of its keys or dashes, -1 for one in brackets. `is_open` is whether the value is still to come.
    """

    column: int
    is_list: bool = False
    is_flow: bool = False
    key: str | int | None = None
    keys: list[str] = field(default_factory=list)
    is_open: bool = True


@dataclass(slots=True)
class Reading:
    """A text that has been read up to the index `at`.

    Args:
        text: The text.
        at: The index of what comes next.
        words: The scalars so far.
        frames: The mappings and lists that are open, the outermost first.
        is_literal: Whether the text before `at` ends in a comment or in a block of text, where words mean themselves.
        half: The index at which the last word begins, if the text ends in it; None if it does not.
    """

    text: str
    at: int = 0
    words: list[Word] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    is_literal: bool = False
    half: int | None = None

    @property
    def path(self) -> KeyPath:
        """The path of the value that comes next."""
        return tuple([frame.key for frame in self.frames if frame.key is not None])

    def skip_blanks(self) -> int:
        """Move over blanks, and return how many there were."""
        match = _BLANKS.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.at - match.start()

    def skip_line(self) -> None:
        """Move to the next line; the rest of this one may be a comment."""
        match = LINE.match(self.text, self.at)
        assert match is not None
        self.is_literal = not match[3] and _COMMENT.search(match[1] + match[2]) is not None
        self.at = match.end()

    def line_end(self, start: int) -> int:
        """Return the index of the end of the line."""
        match = _LINE_END.search(self.text, start)
        assert match is not None
        return match.start()

    def push(self, frame: Frame) -> None:
        """Open a mapping or a list, which is the value of what is open now."""
        if self.frames:
            self.frames[-1].is_open = False
        self.frames.append(frame)

    def add_key(self, start: int, end: int) -> None:
        """Add a key of the innermost mapping."""
        frame = self.frames[-1]
        frame.key = None
        name = spoken(self.text[start:end])
        self.words.append(Word(self.path, name, start, end, is_key=True))
        frame.key, frame.is_open = name, True
        frame.keys.append(name)

    def add_value(self, start: int, end: int) -> None:
        """Add a scalar that is the value of the innermost key or item; one that may go on may be a key yet."""
        self.words.append(Word(self.path, spoken(self.text[start:end]), start, end, is_key=False))
        self.note_half(start, end)
        if self.frames and self.half is None:
            self.frames[-1].is_open = False

    def note_half(self, start: int, end: int) -> None:
        """Note whether the text ends in the word from `start` to `end`, so that it may go on."""
        match = _BLANKS.match(self.text, end)
        assert match is not None
        is_whole = self.text[start : start + 1] in ("'", '"') and QUOTED.fullmatch(self.text, start, end) is not None
        if match.end() == len(self.text) and not is_whole:
            self.half = start

    def after_quote(self, start: int, parent: int) -> int:
        """Return the index behind a text in quotes; one that is not closed ends with its line.

        Args:
            start: The index of the first quote.
            parent: The column of the key or the dash that the text belongs to: its further lines are indented more.
        """
        match, line_end = QUOTED.match(self.text, start), self.line_end(start)
        if match is None or any(len(line[1]) <= parent for line in _INDENTED.finditer(match[0])):
            return line_end
        return match.end()


def enclosing(frames: list[Frame], column: int) -> list[Frame]:
    """Return the mappings and lists that a line belongs to which begins in this column without a dash."""
    count = len(frames)
    while count and (frames[count - 1].column > column or _ends(frames[count - 1], column)):
        count -= 1
    return frames[:count]


def _ends(frame: Frame, column: int) -> bool:
    """Return whether a list ends because the line begins where its dashes do."""
    return frame.is_list and frame.column == column


def spoken(written: str) -> str:
    r"""Return what a scalar says, without its quotes.

    >>> spoken("'it''s'"), spoken(r'"a\"b"'), spoken('"half')
    ("it's", 'a"b', 'half')
    """
    if written[:1] == "'":
        return written[1 : -1 if len(written) > 1 and written.endswith("'") else None].replace("''", "'")
    if written[:1] != '"':
        return written
    closed = written if len(written) > 1 and written.endswith('"') else f'{written}"'
    try:
        return str(json.loads(closed))
    except ValueError:
        return closed[1:-1]
