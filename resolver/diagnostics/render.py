"""Rendering of diagnostics as text for people, and as annotations for a code review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from resolver.diagnostics.diagnostic import Diagnostic, Level
from resolver.diagnostics.place import Place
from resolver.diagnostics.shown import More, shown
from resolver.diagnostics.wording import visible, width_of

_LONGEST_LINE = 160
"""Columns of a source line that are shown around the place; a line may have any length."""


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
    lines = [head + style(f"{found.level}[{found.code}]", found.level) + f": {visible(found.message)}"]
    before, marked, after = _excerpt(place)
    if before or marked or after:
        lines.append(f"{place.line:>5} | {before}{marked}{after}")
        lines.append("      | " + _blank(before) + style("^" * max(1, width_of(marked)), "caret"))
    lines += [f"   {visible(note)}" for note in found.notes]
    if found.help:
        lines.append(style("   help:", "help") + f" {visible(found.help)}")
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic], style: Callable[[str, str], str] = lambda text, _role: text) -> str:
    """Return `diagnostics` one after the other, and a closing line that counts them all.

    Of many with one code in one file, the first are shown and the rest is counted.
    """
    first, more = shown(diagnostics)
    return "\n".join([*(render(diagnostic, style) for diagnostic in first), *map(str, more), summary(diagnostics)])


def excerpt(place: Place) -> str:
    """Return the source line of a place; of a very long line, the part near the place."""
    return "".join(_excerpt(place))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the number of errors and warnings, in words."""
    levels = [found.level for found in diagnostics]
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
    """Return the count of unshown diagnostics as a GitHub workflow command about the file."""
    title = _property(f"{more.level}[{more.code}]")
    return f"::{more.level} file={_property(more.file)},title={title}::{_data(str(more))}"


def _excerpt(place: Place) -> tuple[str, str, str]:
    """Return the text before, at and after the place; of a very long line, the part near the place."""
    visible = place.source.visible
    first, last = place.source.bounds(place.line)
    mark = min(first + place.column - 1, last)
    start = max(first, mark - _LONGEST_LINE // 2)
    stop = min(last, start + _LONGEST_LINE)
    end = min(mark + place.length, stop)
    before = ("…" if start > first else "") + _printable(visible(start, mark))
    return before, _printable(visible(mark, end)), _printable(visible(end, stop)) + ("…" if stop < last else "")


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _blank(text: str) -> str:
    return "".join("\t" if c == "\t" else " " * width_of(c) for c in text)
