"""The diagnostics of an analysis as the Language Server Protocol has them, by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lsprotocol import types

from resolver.author import pages
from resolver.diagnostics import Diagnostic, Level, Place
from resolver.lsp.positions import Lines

_SEVERITIES = {Level.ERROR: types.DiagnosticSeverity.Error, Level.WARNING: types.DiagnosticSeverity.Warning}


def by_file(
    diagnostics: Iterable[Diagnostic], lines_of: Callable[[Path], Lines], uri_of: Callable[[Path], str]
) -> dict[Path, list[types.Diagnostic]]:
    """Return the diagnostics of each file that has some.

    Args:
        diagnostics: The diagnostics.
        lines_of: Returns the lines of a file.
        uri_of: Returns the URI of a file, as the editor knows it.
    """
    found: dict[Path, list[types.Diagnostic]] = {}
    for diagnostic in diagnostics:
        file = file_of(diagnostic.place)
        found.setdefault(file, []).append(_published(diagnostic, lines_of, uri_of))
    return found


def file_of(place: Place) -> Path:
    """Return the path of the file of a place."""
    return place.source.path or Path(place.source.name)


def message_of(diagnostic: Diagnostic) -> str:
    """Return all that a diagnostic says, as editors show it beside the line; files beside it have no directory."""
    parts = (diagnostic.message, *diagnostic.notes, f"help: {diagnostic.help}" if diagnostic.help else "")
    return "\n".join(filter(None, parts)).replace(f"{file_of(diagnostic.place).parent}/", "")


def _published(
    diagnostic: Diagnostic, lines_of: Callable[[Path], Lines], uri_of: Callable[[Path], str]
) -> types.Diagnostic:
    place = diagnostic.place
    page = pages().get(diagnostic.code)
    return types.Diagnostic(
        range=lines_of(file_of(place)).range_of(place),
        message=message_of(diagnostic),
        severity=_SEVERITIES[diagnostic.level],
        code=diagnostic.code,
        code_description=types.CodeDescription(page.as_uri()) if page is not None else None,
        source="resolver",
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(
                    uri_of(file_of(related.place)), lines_of(file_of(related.place)).range_of(related.place)
                ),
                related.message.replace(f"{file_of(place).parent}/", ""),
            )
            for related in diagnostic.related
        ],
    )
