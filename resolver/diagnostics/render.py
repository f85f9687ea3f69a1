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
        width: The columns of the terminal. A longer source line is cut, so that the carets are under their place.

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
    message = "\n".join([found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])])
    title = f"{found.level}[{found.code}]"
    return github_command(
        found.level, message, title=title, file=place.source.name, line=place.line, column=place.column
    )


def render_more_github(more: More) -> str:
    """Return the count of unshown diagnostics as a GitHub workflow command about the file."""
    return github_command(more.level, str(more), title=f"{more.level}[{more.code}]", file=more.file)


def github_command(
    level: str, message: str, *, title: str, file: str | None = None, line: int | None = None, column: int | None = None
) -> str:
    r"""Return a workflow command of GitHub: an annotation of a file, or of the whole run.

    Args:
        level: `error`, `warning` or `notice`.
        message: The text, which may have several lines.
        title: The title of the annotation.
        file: The path in the repository; None annotates the run.
        line: The number of the line, counted from 1.
        column: The number of the column, counted from 1.

    Example:
        >>> github_command("notice", "100 % of 2 rules", title="coverage: tier")
        '::notice title=coverage%3A tier::100 %25 of 2 rules'
    """
    given = {"file": file, "line": line, "col": column, "title": title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value is not None)
    return f"::{level} {properties}::{_data(message)}"


def _excerpt(place: Place, room: int = _LONGEST_LINE) -> tuple[str, str, str]:
    """Return the text before, at and after the place; of a line longer than `room` columns, the part near the place."""
    readable = place.source.visible
    first, last = place.source.bounds(place.line)
    mark = min(first + place.column - 1, last)
    near = _printable(readable(max(first, mark - room), mark)), _printable(readable(mark, min(last, mark + 2 * room)))
    if last - first <= 2 * room and _width("".join(near)) <= room and first >= mark - room:
        end = min(mark + place.length, last)
        return near[0], _printable(readable(mark, end)), _printable(readable(end, last))
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
