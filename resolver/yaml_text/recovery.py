"""Parses a file with syntax errors as far as possible, so that they do not hide problems in other files."""

from __future__ import annotations

import re

import yaml

from resolver.diagnostics import Source
from resolver.yaml_text.nodes import Node
from resolver.yaml_text.parser import EventReader, RefusedError

_MOST_BLANKED = 20
_MOST_READ = 4_000_000
"""Code points that are parsed in all passes."""
_FLOW = ("did not find expected ',' or '}'", "did not find expected ',' or ']'")
_INDENTATION = re.compile(r"[ \t]*")
_NOT_BLANK = re.compile(r"[^\r\n]")


def recovered_documents(source: Source) -> list[Node]:
    """Return the documents of a text with syntax errors, as if the lines with errors and their blocks were blank.

    Every place is that of the original text. There are no documents if the text has too many errors.
    """
    text, read = source.text, 0
    for _ in range(_MOST_BLANKED):
        read += len(text)
        if read > _MOST_READ:
            break
        try:
            return EventReader(Source(source.name, text, source.path)).documents()
        except RefusedError as refused:
            if refused.diagnostic.code != "syntax":
                break
            shorter = _without(text, _line_with_error(refused))
            if shorter == text:
                break
            text = shorter
    return []


def _line_with_error(refused: RefusedError) -> int:
    """Return the line of an error; that of the bracket if one is not closed."""
    error = refused.__cause__
    if isinstance(error, yaml.MarkedYAMLError) and error.problem in _FLOW and error.context_mark:
        return int(error.context_mark.line) + 1
    return refused.diagnostic.place.line


def _without(text: str, number: int) -> str:
    """Return `text` with a line blank, and with the lines below it blank that are indented more."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    index = min(number, len(lines)) - 1
    while index and not lines[index].strip():  # an error at the end belongs to what is before
        index -= 1
    depth = _depth(lines[index])
    lines[index] = _NOT_BLANK.sub(" ", lines[index])
    while (index := index + 1) < len(lines) and (not lines[index].strip() or _depth(lines[index]) > depth):
        lines[index] = _NOT_BLANK.sub(" ", lines[index])
    return "".join(lines)


def _depth(line: str) -> int:
    match = _INDENTATION.match(line)
    return match.end() if match else 0
