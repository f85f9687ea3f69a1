"""Diagnostics as text for people and as annotations for a code review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from unicodedata import combining, east_asian_width

from resolver.diagnostics.diagnostic import Diagnostic, Level

_LONGEST_LINE = 160
"""Columns of a source line that are shown around the spot; a policy may have lines of any length."""


def render(found: Diagnostic, style: Callable[[str, str], str] = lambda text, _role: text) -> str:
    """Return `found` as `path:line:col: level[code]: message`, the source line with carets, notes and help.

    `style(text, role)` may decorate the parts "error", "warning", "caret" and "help" for a terminal.
    """
    place = found.place
    head = f"{place.source.name}:{place.line}:{place.column}: "
    lines = [head + style(f"{found.level}[{found.code}]", found.level) + f": {found.message}"]
    text = place.source.line(place.line)
    if text:
        number = f"{place.line:>5} | "
        start = max(0, place.column - 1 - _LONGEST_LINE // 2)
        shown = text[start : start + _LONGEST_LINE]
        before = shown[: place.column - 1 - start]
        length = max(1, min(place.length, len(shown) - len(before)))
        marked = "^" * max(1, _width(shown[len(before) : len(before) + length]))
        lines.append(
            number + "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in shown)
        )
        lines.append(" " * 6 + "| " + _blank(before) + style(marked, "caret"))
    lines += [f"   {note}" for note in found.notes]
    if found.help:
        lines.append(style("   help:", "help") + f" {found.help}")
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic], style: Callable[[str, str], str] = lambda text, _role: text) -> str:
    """Return all `diagnostics`, one after the other, and a closing line that counts them."""
    return "\n".join([*(render(found, style) for found in diagnostics), summary(diagnostics)])


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return how many errors and warnings there are, in words."""
    levels = [found.level for found in diagnostics]
    counts = [(levels.count(level), str(level)) for level in Level if level in levels]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts) or "no problems"


def render_github(found: Diagnostic) -> str:
    """Return `found` as a GitHub workflow command, which shows it beside the line in a pull request."""
    place = found.place
    where = f"file={_property(place.source.name)},line={place.line},col={place.column}"
    title = f"title={_property(f'{found.level}[{found.code}]')}"
    message = "\n".join([found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])])
    return f"::{found.level} {where},{title}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _blank(text: str) -> str:
    return "".join("\t" if c == "\t" else " " * _width(c) for c in text)
