"""Reads values in brackets, as far as they are typed."""

from __future__ import annotations

import re

from resolver.author.completion.open_frames import LINE, MOST_NESTED, PROPERTIES, Frame, Reading

_END = re.compile(r":(?=[\s,\[\]{}]|\Z)|[ \t]#|[\r\n,\[\]{}]|\Z")
_COLON = re.compile(r"\s*:(?=[\s,\[\]{}\"']|\Z)")
_AFTER_QUOTE = re.compile(r"\s*:")
_LINE_END = re.compile(r"\r\n?|\n")
_BLOCK_LINE = re.compile(r"-(?:[ \t]|\Z)|[^\]}#\"'\s][^\r\n]*?:(?:[ \t]|\Z)")


def read_brackets(reading: Reading, parent: int) -> None:
    """Read a value in brackets, up to the bracket that closes it, and the rest of that line.

    A bracket that is still open before a key or a dash of the block around it was forgotten, and ends there.

    Args:
        reading: The text, at the first bracket.
        parent: The column of the key or the dash that the value belongs to, -1 if it is a whole document.
    """
    text, depth = reading.text, len(reading.frames)
    while reading.at < len(text) and len(reading.frames) < MOST_NESTED:
        at, mark = reading.at, text[reading.at]
        if mark in "\r\n":
            if _is_forgotten(reading, parent):
                del reading.frames[depth:]
                return
            reading.is_literal = False
            reading.at += 1
        elif mark in " \t":
            reading.skip_blanks()
        elif mark == "#" and text[at - 1 : at] in ("", " ", "\t", "\r", "\n"):
            reading.at = reading.line_end(at)
            reading.is_literal = reading.at == len(text)
        elif mark in "{[":
            reading.push(Frame(-1, mark == "[", is_flow=True, key=0 if mark == "[" else None))
            reading.at += 1
        elif mark in "}]":
            reading.frames.pop()
            reading.at += 1
            if len(reading.frames) == depth:
                reading.skip_line()
                return
        elif mark in ",:":
            _separate(reading.frames[-1], mark)
            reading.at += 1
        elif (properties := PROPERTIES.match(text, at)) is not None:
            reading.at = properties.end()
        else:
            _scalar(reading, parent)


def _is_forgotten(reading: Reading, parent: int) -> bool:
    """Return whether the next line is one of the block around the brackets, and move there."""
    text = reading.text
    end = _LINE_END.match(text, reading.at)
    assert end is not None
    line = LINE.match(text, end.end())
    assert line is not None
    if parent < 0 or len(line[1]) > parent:
        return False
    is_last = not line[2] and line.end() == len(text) and not line[3]
    if not is_last and not _BLOCK_LINE.match(line[2]):
        return False
    reading.at = end.end()
    return True


def _separate(frame: Frame, mark: str) -> None:
    if mark == ",":
        frame.key = frame.key + 1 if isinstance(frame.key, int) else None
        frame.is_open = True
    elif frame.key is None:
        frame.key = ""


def _scalar(reading: Reading, parent: int) -> None:
    text, start, frame = reading.text, reading.at, reading.frames[-1]
    if text[start] in "\"'":
        end, colon = reading.after_quote(start, parent), _AFTER_QUOTE
    else:
        match = _END.search(text, start + 1)
        assert match is not None
        end, colon = start + len(text[start : match.start()].rstrip()), _COLON
    reading.at = end
    if frame.key is not None:
        reading.add_value(start, end)
    elif (after := colon.match(text, end)) is not None:
        reading.add_key(start, end)
        reading.at = after.end()
    else:
        reading.note_half(start, end)
