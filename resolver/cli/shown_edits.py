"""Printing of edits: the changes of files as a unified diff, in colour on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resolver.author import Edits, unified_diff
from resolver.cli.output import echo, style
from resolver.diagnostics import Lines, Source


def diff_of(edits: Edits, texts: Mapping[Path, str], sources: Mapping[Path, Source] | None = None) -> list[str]:
    """Return the lines of a unified diff.

    Args:
        edits: The changes of each file that has some.
        texts: The texts before.
        sources: Sources of some of the texts, with the parts that no message shows.
    """
    of_path = {path: (sources or {}).get(path) or Source(str(path), texts[path]) for path in edits}
    return [line for path, of in edits.items() for line in unified_diff(of_path[path], of)]


def show_diff(lines: list[str], *, err: bool = False) -> None:
    """Print the lines of a unified diff."""
    echo(Lines("\n".join(_coloured(line) for line in lines)), err=err)


def _coloured(line: str) -> str:
    role = "error" if line.startswith("-") else "good" if line.startswith("+") else ""
    return style(line, role) if role else line
