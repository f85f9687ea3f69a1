"""Printing: aligned columns, colour on a terminal only, diagnostics in each format, errors on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from resolver.diagnostics import Diagnostic, Place, excerpt, render_all, render_github, render_more_github, shown

_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "caret": {"fg": "cyan"},
    "help": {"fg": "green"},
    "head": {"bold": True},
    "good": {"fg": "green", "bold": True},
    "dim": {"dim": True},
}


_LONGEST_SOURCE_LINE = 1_000
"""Characters of a source line that JSON shows whole."""


def echo(text: str, *, err: bool = False) -> None:
    """Print `text`. Colours are kept only on a terminal, and never if `NO_COLOR` is set."""
    click.echo(text, err=err, color=_colour(err=err))


def style(text: str, role: str) -> str:
    """Return `text` in the colour of its role, which is never the only sign of it."""
    return click.style(text, **_STYLES[role]) if role in _STYLES else text


def echo_error(message: str) -> None:
    """Print on stderr why the command could not run."""
    echo(f"{style('error', 'error')}: {message}", err=True)


def echo_note(message: str) -> None:
    """Print a note beside the result, on stderr."""
    echo(f"{style('note', 'warning')}: {message}", err=True)


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Show on a terminal that something takes a while, until it is done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  see `columns`

    with Console(stderr=True, no_color=not _colour(err=True)).status(f"{doing} …"):
        yield


def show_diagnostics(diagnostics: Sequence[Diagnostic], output_format: str, *, err: bool = False) -> None:
    """Print diagnostics: as text with their source lines, as JSON on stdout, or as GitHub annotations on stdout."""
    if output_format == "json":
        echo(json.dumps(diagnostics_as_json(diagnostics), indent=2, ensure_ascii=False))
    elif output_format == "github":
        first, more = shown(diagnostics)
        for line in (*map(render_github, first), *map(render_more_github, more)):
            echo(line)
    else:
        echo(render_all(diagnostics, style), err=err)


def diagnostics_as_json(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics as JSON, with their text; `more` counts those that are not shown."""
    first, more = shown(diagnostics)
    counted = [
        {"code": group.code, "level": str(group.level), "file": group.file, "count": group.count} for group in more
    ]
    return {"diagnostics": [_as_json(diagnostic) for diagnostic in first], **({"more": counted} if counted else {})}


def _as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "code": diagnostic.code,
        "level": str(diagnostic.level),
        "message": diagnostic.message,
        "file": place.source.name,
        "line": place.line,
        "column": place.column,
        "length": place.length,
        "source": excerpt(place) if _is_long(place) else place.source.line(place.line),
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
    }


def _is_long(place: Place) -> bool:
    start, end = place.source.bounds(place.line)
    return end - start > _LONGEST_SOURCE_LINE


def columns(rows: Sequence[Sequence[str]], *, indent: int = 0) -> str:
    """Return `rows` as lines of aligned columns; the last column is not padded, and no line ends in spaces.

    On a terminal narrower than the lines, cells are folded and nothing is lost; elsewhere lines are as long as they
    must be.
    """
    from rich.console import Console  # noqa: PLC0415  rich costs 50 ms, and most output needs none of it
    from rich.table import Table  # noqa: PLC0415  as above
    from rich.text import Text  # noqa: PLC0415  as above

    table = Table.grid(padding=(0, 2))
    for _ in range(max(map(len, rows), default=0)):
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(Text.from_ansi(cell) for cell in row))
    width = None if sys.stdout.isatty() else 10_000
    console = Console(width=width, color_system="standard" if _colour() else None, force_terminal=bool(_colour()))
    with console.capture() as captured:
        console.print(table, width=max(1, console.width - indent))
    return "\n".join(" " * indent + line.rstrip() for line in captured.get().splitlines())


def _colour(*, err: bool = False) -> bool | None:
    """Return whether to colour; None lets click decide, by whether the stream is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return None if not (sys.stderr if err else sys.stdout).isatty() else True
