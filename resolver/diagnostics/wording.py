"""Text for messages: an author's words in printable form, and lists of names."""

from __future__ import annotations

import re
from collections.abc import Collection
from unicodedata import combining, east_asian_width

_LONG_WORD = re.compile(r"`(?!\{\$?[a-z_]+: )([^`]{80})[^`]+`")
"""Text in backticks that is cut, such as a name; a condition that is written out is not."""
_LONGEST = 2_000
_MOST_CHOICES = 12


def legible(text: str) -> str:
    """Return `text` on one line: invisible characters become escapes, and a very long text is cut."""
    shown = _LONG_WORD.sub(r"`\1…`", text)
    shown = visible(shown)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def visible(text: str) -> str:
    r"""Return `text` on one line, with an escape for each character that is not printable.

    >>> visible("a\nb\x1b")
    'a\\nb\\x1b'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


_COMMAND = re.compile(r"(?m)^((?:[ \t]|\x1b\[[0-9;]*m)*):(?=:)|#(?=#\[|#vso\[)")
"""A command of a CI: `::` at the beginning of a line, perhaps in colour, or `##[` or `##vso[` anywhere in it."""


def without_commands(text: str) -> str:
    r"""Return lines with an escape in each command of a CI.

    >>> without_commands("::error::x ##[error]y")
    '\\x3a:error::x \\x23#[error]y'
    """
    return _COMMAND.sub(lambda match: "\\x23" if match[1] is None else f"{match[1]}\\x3a", text)


def width_of(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


class Lines(str):
    """Text whose newlines are safe to print.

    Newlines in any other `str` are escaped, because they may come from a user's name.
    """

    __slots__ = ()


def as_lines(*texts: str) -> Lines:
    r"""Return texts as lines, one each; those of `Lines` stay as they are.

    >>> as_lines("a\nb", Lines("c\nd")).split("\n")
    ['a\\nb', 'c', 'd']
    """
    return Lines("\n".join(text if isinstance(text, Lines) else text.replace("\n", "\\n") for text in texts))


def listed(names: Collection[str]) -> str:
    """Return `names` in backticks with commas between them; of very many, the first and how many more there are."""
    shown = [f"`{name}`" for name, _ in zip(names, range(_MOST_CHOICES), strict=False)]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
