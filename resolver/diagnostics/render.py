"""Rendering of diagnostics as text for people, and as annotations for a code review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from unicodedata import combining, east_asian_width

from resolver.diagnostics.diagnostic import Diagnostic, Level
from resolver.diagnostics.place import Place
from resolver.diagnostics.shown import More, shown

_LONGEST_LINE = 160
"""Columns of a source line that an excerpt shows around a place; a policy can have lines of any length."""


def render(found: Diagnostic, style: Callable[[str, str], str] = lambda text, _role: text) -> str:
    """Return a diagnostic as `path:line:col: level[code]: message`, then the source line with carets, notes and help.

    Args:
        found: The diagnostic.
        style: Decorates a text for a terminal, given the text and its role: "error", "warning", "caret" or "help".

    >>> from resolver.diagnostics import Source
    >>> source = Source("policy.yaml", "pri: high")
    >>> print(render(Diagnostic("type", "`high` is not an integer", source.place(5, 9), "write a number")))
    policy.yaml:1:6: error[type]: `high` is not an integer
        1 | pri: high
          |      ^^^^
       help: write a number
    """
    place = found.place
    head = f"{place.source.name}:{place.line}:{place.column}: "
    lines = [head + style(f"{found.level}[{found.code}]", found.level) + f": {found.message}"]
    before, marked, after = _excerpt(place)
    if before or marked or after:
        lines.append(f"{place.line:>5} | {before}{marked}{after}")
        lines.append("      | " + _blank(before) + style("^" * max(1, _width(marked)), "caret"))
    lines += [f"   {note}" for note in found.notes]
    if found.help:
        lines.append(style("   help:", "help") + f" {found.help}")
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic], style: Callable[[str, str], str] = lambda text, _role: text) -> str:
    """Return the text of all `diagnostics`, and a last line that counts all of them.

    Args:
        diagnostics: The diagnostics, in the order to show. If very many in one file share a code, the text shows the
            first `MOST_SHOWN` and counts the rest.
        style: As in `render`.
    """
    first, more = shown(diagnostics)
    return "\n".join([*(render(diagnostic, style) for diagnostic in first), *map(str, more), summary(diagnostics)])


def excerpt(place: Place) -> str:
    """Return the source line of a place, or only the part near the place if the line is very long."""
    return "".join(_excerpt(place))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the numbers of errors and warnings in words, such as "2 errors, 1 warning", or "no problems"."""
    levels = [diagnostic.level for diagnostic in diagnostics]
    counts = [(levels.count(level), str(level)) for level in Level if level in levels]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts) or "no problems"


def render_github(found: Diagnostic) -> str:
    """Return a diagnostic as a GitHub workflow command, which GitHub shows beside the line in a pull request."""
    place = found.place
    where = f"file={_property(place.source.name)},line={place.line},col={place.column}"
    title = f"title={_property(f'{found.level}[{found.code}]')}"
    message = "\n".join([found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])])
    return f"::{found.level} {where},{title}::{_data(message)}"


def render_more_github(more: More) -> str:
    """Return the count of diagnostics that are not shown, as a GitHub workflow command about their file."""
    title = _property(f"{more.level}[{more.code}]")
    return f"::{more.level} file={_property(more.file)},title={title}::{_data(str(more))}"


def _excerpt(place: Place) -> tuple[str, str, str]:
    """Return the text before, at and after a place in its line; cut a very long line to the part near the place."""
    text = place.source.text
    first, last = place.source.bounds(place.line)
    mark = min(first + place.column - 1, last)
    start = max(first, mark - _LONGEST_LINE // 2)
    stop = min(last, start + _LONGEST_LINE)
    end = min(mark + place.length, stop)
    before = ("…" if start > first else "") + _printable(text[start:mark])
    return before, _printable(text[mark:end]), _printable(text[end:stop]) + ("…" if stop < last else "")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _blank(text: str) -> str:
    return "".join("\t" if c == "\t" else " " * _width(c) for c in text)
