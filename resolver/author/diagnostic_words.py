"""Diagnostics in words, as an editor shows them beside the lines of a file."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import Diagnostic, Place


def file_of(place: Place) -> Path:
    """Return the path of the file of a place."""
    return place.source.path or Path(place.source.name)


def message_of(diagnostic: Diagnostic) -> str:
    """Return all that a diagnostic says, as editors show it beside the line."""
    help = f"help: {diagnostic.help}" if diagnostic.help else ""
    return beside("\n".join(filter(None, (diagnostic.message, *diagnostic.notes, help))), diagnostic)


def beside(text: str, diagnostic: Diagnostic) -> str:
    """Return a text about a diagnostic without the directory of its file, which the editor shows anyway."""
    return text.replace(f"{file_of(diagnostic.place).parent}/", "")
