"""Warns of tabs that this reader accepts and other readers refuse."""

from __future__ import annotations

import re

from resolver.diagnostics import Diagnostic, Level, Source
from resolver.yaml_text.quotes import Literals

_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n]))#")


def tab_warnings(source: Source, literals: Literals) -> list[Diagnostic]:
    """Return a warning for each line with a tab between its parts: many readers written in Python refuse it."""
    found = []
    text, at = source.text, -1
    while (at := text.find("\t", at + 1)) != -1:
        if literals.has(at):
            continue
        line, column = source.position(at)
        start, end = at - column + 1, source.bounds(line)[1]
        if at < _comment_start(text, start, end, literals):
            message = "a tab stands between the parts of this line, which some YAML readers refuse"
            found.append(Diagnostic("tab", message, source.place(at, at + 1), "use spaces", Level.WARNING))
        at = max(at, end - 1)  # one warning is enough for a line, and after a tab in a comment comes nothing else
    return found


def _comment_start(text: str, start: int, end: int, literals: Literals) -> int:
    """Return where the comment of a line starts, or the end of the line."""
    starts = (comment.start() for comment in _COMMENT.finditer(text, start, end))
    return next((at for at in starts if not literals.has(at)), end)
