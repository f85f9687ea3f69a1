"""Printing: aligned columns, colour on a terminal only, diagnostics in each format, errors on stderr."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from typing import Any

import click

from resolver.diagnostics import (
    Diagnostic,
    Lines,
    render_all,
    render_github,
    render_more_github,
    shown,
    visible,
    width_of,
    without_commands,
)

_STYLES: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "caret": {"fg": "cyan"},
    "help": {"fg": "green"},
    "head": {"bold": True},
    "good": {"fg": "green", "bold": True},
    "dim": {"dim": True},
}


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

CLOSED_PIPE = 141
"""The exit code of a command whose reader has gone, as shells give it for SIGPIPE."""

CANNOT_WRITE = 2
_ESC = f"\ue000{os.urandom(8).hex()}"
"""Represents ESC in the program's own colours until they are printed; no name can contain it."""

_KEPT = re.compile(rf"{_ESC}|[\n\t]|[^\n\t\ue000]+|\ue000")


def echo(text: str, *, err: bool = False) -> None:
    """Print `text`, the one way in which text of a command reaches a terminal, a file or a CI.

    Characters that are not printable become escapes, and so do ends of lines, except in `Lines`. No line can be a
    command of a CI. Colours are kept only on a terminal, and neither if `NO_COLOR` is set nor if `TERM` is `dumb`.
    """
    shown = text if isinstance(text, Lines) else text.replace("\n", "\\n")
    _print(without_commands(_ansi(shown)), err=err)


def echo_json(value: Any, *, indent: int | None = 2, err: bool = False) -> None:
    """Print a value as JSON, with JSON's escapes for characters that are not printable."""
    _print(json_text(value, indent=indent, ascii_only=not _is_unicode(err=err)), err=err)


def json_text(value: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    r"""Return JSON with escapes for characters that are not printable.

    >>> json_text({"ü": "a\u202eb"})
    '{"ü": "a\\u202eb"}'
    """
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    return text.replace("##[", "\\u0023#[").replace("##vso[", "\\u0023#vso[")  # a CI would obey these


def echo_command(line: str) -> None:
    """Print a workflow command of GitHub, whose data is escaped as GitHub wants it and has no command of another CI."""
    _print(line[:2] + without_commands(visible(line[2:])), err=False)


def style(text: str, role: str) -> str:
    """Return `text` in the colour of its role, which is never the only sign of it."""
    if role not in _STYLES:
        return text
    return click.style(_ansi(text), **_STYLES[role]).replace("\x1b", _ESC)


def _print(text: str, *, err: bool) -> None:
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        raise SystemExit(CANNOT_WRITE)
    try:
        click.echo(text, err=err, color=_colour(err=err))
    except OSError as error:
        raise SystemExit(cannot_write(error, err=err)) from None


def cannot_write(error: OSError, *, err: bool = False) -> int:
    """Report a write error on stderr if possible, and return the exit code."""
    _redirect_to_null(sys.stderr if err else sys.stdout)
    if isinstance(error, BrokenPipeError):
        return CLOSED_PIPE
    if not err:
        echo_error(f"cannot write the result: {error.strerror or error}")
    return CANNOT_WRITE


def escape_what_cannot_be_encoded() -> None:
    """Escape characters that the encoding of stdout and stderr lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_unicode(*, err: bool) -> bool:
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").replace("_", "").startswith("utf")


def _redirect_to_null(stream: Any) -> None:
    """Redirect a broken stream to /dev/null, so that the flush at exit does not fail."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _ansi(text: str) -> str:
    """Return `text` with escapes for what is not printable, but for the program's own colours and ends of lines."""
    return _KEPT.sub(
        lambda match: "\x1b" if match[0] == _ESC else match[0] if match[0] in "\n\t" else visible(match[0]), text
    )


def echo_error(message: str) -> None:
    """Print on stderr why the command could not run."""
    _echo_titled("error", "error", message)


def echo_note(message: str) -> None:
    """Print a note beside the result, on stderr."""
    _echo_titled("note", "warning", message)


def _echo_titled(title: str, role: str, message: str) -> None:
    text = f"{style(title, role)}: {message}"
    echo(Lines(text) if isinstance(message, Lines) else text, err=True)


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Show a spinner on a terminal while the block runs."""
    if not (sys.stderr and sys.stderr.isatty()):
        yield
        return
    from rich.console import Console  # noqa: PLC0415  see `_folded`

    with Console(stderr=True, no_color=not _colour(err=True)).status(f"{doing} …"):
        yield


def show_diagnostics(diagnostics: Sequence[Diagnostic], output_format: str, *, err: bool = False) -> None:
    """Print diagnostics: as text with their source lines, as JSON on stdout, or as GitHub annotations on stdout."""
    if output_format == "json":
        from resolver.json_forms.diagnostics_json import diagnostics_json  # noqa: PLC0415  only for this format

        echo_json(diagnostics_json(diagnostics))
    elif output_format == "github":
        first, more = shown(diagnostics)
        for line in (*map(render_github, first), *map(render_more_github, more)):
            echo_command(line)
    else:
        echo(Lines(render_all(diagnostics, style, _terminal_width(err=err))), err=err)
        echo(_read_more(sorted({diagnostic.code for diagnostic in diagnostics})), err=err)


def _terminal_width(*, err: bool) -> int | None:
    """Return the columns of the terminal that is written to; None if it is a file or a pipe, which have no width."""
    stream = sys.stderr if err else sys.stdout
    if not (stream and stream.isatty()):
        return None
    if (given := os.environ.get("COLUMNS", "")).isdecimal() and int(given) > 0:
        return int(given)
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or None
    return None


def _read_more(codes: Sequence[str]) -> str:
    """Return a line with the command that explains these codes."""
    command = style(f"resolver check --explain {codes[0] if len(codes) == 1 else 'CODE'}", "head")
    return f"to read more: {command}" + (f", CODE being {' or '.join(codes)}" if len(codes) > 1 else "")


def confirm(question: str) -> bool:
    """Ask on the terminal, and return whether the answer is yes; no answer is no."""
    try:
        return click.confirm(without_commands(visible(question)), err=True)
    except click.Abort:
        return False


def columns(rows: Sequence[Sequence[str]], *, indent: int = 0) -> Lines:
    """Return `rows` as lines of aligned columns; the last column is not padded, and no line ends in spaces.

    On a terminal narrower than the lines, cells are folded and nothing is lost; elsewhere lines are as long as they
    must be.
    """
    cells = [[_ansi(cell.replace("\n", "\\n")) for cell in row] for row in rows]
    for row in cells:
        while row and not _COLOUR.sub("", row[-1]):
            row.pop()
    wide = [[width_of(_COLOUR.sub("", cell)) for cell in row] for row in cells]
    widths = [max(column) for column in zip_longest(*wide, fillvalue=0)]
    lines = [
        "".join(cell + " " * (most - own + 2) for cell, own, most in zip(*row, widths, strict=False))
        for row in zip(cells, wide, strict=True)
    ]
    width = _terminal_width(err=False)
    if width is not None and indent + sum(widths) + 2 * len(widths) - 2 > width:
        lines = _folded(cells, width - indent)
    return Lines("\n".join(" " * indent + line.rstrip() for line in lines).replace("\x1b", _ESC))


def _folded(cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return rows as lines of columns that are as narrow as they must be."""
    from rich.console import Console  # noqa: PLC0415  rich takes half as long as all else
    from rich.table import Table  # noqa: PLC0415  as above
    from rich.text import Text  # noqa: PLC0415  as above

    table = Table.grid(padding=(0, 2))
    for _ in range(max(map(len, cells))):
        table.add_column(overflow="fold")
    for row in cells:
        table.add_row(*map(Text.from_ansi, row))
    printed = io.StringIO()  # not stdout, which is written to in one place
    colour = bool(_colour())
    console = Console(file=printed, color_system="standard" if colour else None, force_terminal=colour)
    console.print(table, width=max(1, width))
    return printed.getvalue().rstrip("\n ").split("\n")


def _colour(*, err: bool = False) -> bool | None:
    """Return whether to colour; None lets click decide, by whether the stream is a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    stream = sys.stderr if err else sys.stdout
    return True if stream is not None and stream.isatty() else None
