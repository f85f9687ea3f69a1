"""Texts with blanks for an author to fill in: snippets for editors that have them, plain text for others."""

from __future__ import annotations

import re
from collections.abc import Mapping

from resolver.frozen import frozen

_BLANK = re.compile(r"«(\d)(?::(\w+))?»")


@frozen
class Blank:
    """A part of a text to fill in; those with the same number get the same text.

    Args:
        number: Its place in the order in which they are filled in.
        text: The text that is there until then.
    """

    number: int
    text: str


Template = tuple[str | Blank, ...]


def template_of(text: str, words: Mapping[str, str]) -> Template:
    """Return the template in a text whose blanks are written as `«number:word»`.

    Args:
        text: The text.
        words: The text of each blank until it is filled in.

    >>> template_of("run: {tier: «1:tier»}", {"tier": "low"})
    ('run: {tier: ', Blank(number=1, text='low'), '}')
    """
    parts: list[str | Blank] = []
    end = 0
    for blank in _BLANK.finditer(text):
        parts += [text[end : blank.start()], Blank(int(blank[1]), words[blank[2]])]
        end = blank.end()
    return (*parts, text[end:])


def plain_text(template: Template) -> str:
    """Return the text with each blank as it is before it is filled in."""
    return "".join(part.text if isinstance(part, Blank) else part for part in template)


def snippet_text(template: Template) -> str:
    r"""Return the text in the syntax of snippets.

    >>> snippet_text(("run: {$m: ", Blank(1, "fact"), "}"))
    'run: {\\$m: ${1:fact}\\}'
    """
    return "".join(
        f"${{{part.number}:{_escaped(part.text)}}}" if isinstance(part, Blank) else _escaped(part) for part in template
    )


def indented(template: Template, column: int, newline: str) -> Template:
    """Return a template whose lines after the first begin in a column."""
    line = newline + " " * column
    return tuple(part if isinstance(part, Blank) else part.replace("\n", line) for part in template)


def _escaped(text: str) -> str:
    for mark in ("\\", "$", "}"):
        text = text.replace(mark, f"\\{mark}")
    return text
