"""Warns of tabs that this reader accepts and other readers refuse."""

from __future__ import annotations

import re

from resolver.diagnostics import Diagnostic, Level, Source
from resolver.yaml_text.quotes import Literals

_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n]))#")


def tab_warnings(source: Source, literals: Literals) -> list[Diagnostic]:
    """Return a warning for each line with a tab between its parts; readers written in Python refuse many such tabs."""
    warnings = []
    text, index = source.text, -1
    while (index := text.find("\t", index + 1)) != -1:
        if literals.has(index):
            continue
        line, column = source.position(index)
        start, end = index - column + 1, source.bounds(line)[1]
        if index < _comment_start(text, start, end, literals):
            message = "a tab separates the parts of this line, which some YAML readers refuse"
            warnings.append(Diagnostic("tab", message, source.place(index, index + 1), "use spaces", Level.WARNING))
        index = max(index, end - 1)  # one warning is enough for a line, and a line ends after its comment
    return warnings


def _comment_start(text: str, start: int, end: int, literals: Literals) -> int:
    """Return the index of the comment of a line, or the end of the line."""
    starts = (comment.start() for comment in _COMMENT.finditer(text, start, end))
    return next((index for index in starts if not literals.has(index)), end)
