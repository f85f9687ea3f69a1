"""Rendering of diagnostics as text for people, and as annotations for a code review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from resolver.diagnostics.diagnostic import Diagnostic, Level
from resolver.diagnostics.place import Place
from resolver.diagnostics.shown import More, shown
from resolver.diagnostics.wording import visible, width_of

_LONGEST_LINE = 162
"""Columns of a source line that are shown around the place, with a sign at each cut; a line may have any length."""
_NARROWEST = 20
"""Columns of a source line that are shown on any terminal."""
_TAB = 8


Style = Callable[[str, str], str]
"""Decorates a text for a terminal, given the text and its role: "error", "warning", "caret" or "help"."""


def render(found: Diagnostic, style: Style = lambda text, _role: text, width: int | None = None) -> str:
    """Return a diagnostic as `path:line:col: level[code]: message`, then the source line with carets, notes and help.

    Args:
        found: The diagnostic.
        style: Decorates the parts of the text.
        width: The columns of the terminal. A longer source line is cut, so that the carets stand under their place.

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
    margin = f"{place.line:>5} | "
    room = _LONGEST_LINE if width is None else max(_NARROWEST, min(_LONGEST_LINE, width - len(margin)))
    before, marked, after = _excerpt(place, room)
    if before or marked or after:
        lines.append(f"{margin}{before}{marked}{after}")
        carets = "^" * max(1, width_of(marked))
        lines.append(" " * (len(margin) - 2) + "| " + _blank(before) + style(carets, "caret"))
    lines += [f"   {visible(note)}" for note in found.notes]
    if found.help:
        lines.append(style("   help:", "help") + f" {visible(found.help)}")
    return "\n".join(lines)


def render_all(
    diagnostics: Sequence[Diagnostic], style: Style = lambda text, _role: text, width: int | None = None
) -> str:
    """Return `diagnostics` one after the other, and a closing line that counts them all.

    Of many with one code in one file, the first are shown and the rest is counted.
    """
    first, more = shown(diagnostics)
    return "\n".join(
        [*(render(diagnostic, style, width) for diagnostic in first), *map(str, more), summary(diagnostics)]
    )


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


def _excerpt(place: Place, room: int = _LONGEST_LINE) -> tuple[str, str, str]:
    """Return the text before, at and after the place; of a line longer than `room` columns, the part near the place."""
    visible = place.source.visible
    first, last = place.source.bounds(place.line)
    mark = min(first + place.column - 1, last)
    near = _printable(visible(max(first, mark - room), mark)), _printable(visible(mark, min(last, mark + 2 * room)))
    if last - first <= 2 * room and _width("".join(near)) <= room and first >= mark - room:
        end = min(mark + place.length, last)
        return near[0], _printable(visible(mark, end)), _printable(visible(end, last))
    before = near[0]
    while before and _width(f"…{before}") > room // 2:
        before = before[1:]
    if len(before) < mark - first:
        before = f"…{before}"
    rest = near[1]
    if _width(before + rest) > room or mark + len(rest) < last:
        while rest and _width(f"{before}{rest}…") > room:
            rest = rest[:-1]
        length = min(place.length, len(rest))
        return before, rest[:length], f"{rest[length:]}…"
    return before, rest[: place.length], rest[place.length :]


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _width(text: str) -> int:
    """Return the columns of a text; a tab ends at the next multiple of 8, as it does behind the margin."""
    if "\t" not in text:
        return width_of(text)
    columns = 0
    for c in text:
        columns += _TAB - columns % _TAB if c == "\t" else width_of(c)
    return columns


def _blank(text: str) -> str:
    return "".join("\t" if c == "\t" else " " * width_of(c) for c in text)
