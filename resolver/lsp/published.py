"""The diagnostics of an analysis as the Language Server Protocol has them, by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from resolver.author import pages
from resolver.author.diagnostic_words import beside, file_of, message_of
from resolver.diagnostics import Diagnostic, Level, Place
from resolver.lsp.positions import Lines

Published = Mapping[Path, list[types.Diagnostic]]
"""The diagnostics of each file that has some."""

_SEVERITIES = {Level.ERROR: types.DiagnosticSeverity.Error, Level.WARNING: types.DiagnosticSeverity.Warning}
_MOST = 1_000
"""Diagnostics of a file that are shown, errors first; more would delay every other message."""


class Publisher:
    """Turns diagnostics into those of the Language Server Protocol.

    Args:
        texts: The texts in the editor. A place in another file is in the text that was checked.
        lines_of: Returns the lines of a text in the units of the client.
        uri_of: Returns the URI of a file, as the editor knows it.
    """

    def __init__(
        self, texts: Mapping[Path, str], lines_of: Callable[[str], Lines], uri_of: Callable[[Path], str]
    ) -> None:
        self._texts = texts
        self._lines_of = lines_of
        self._uri_of = uri_of
        self._lines: dict[Path, Lines] = {}

    def by_file(self, diagnostics: Iterable[Diagnostic]) -> Published:
        """Return the diagnostics of each file that has some."""
        found: dict[Path, list[Diagnostic]] = {}
        for diagnostic in diagnostics:
            found.setdefault(file_of(diagnostic.place), []).append(diagnostic)
        return {file: [*self._first(of)] for file, of in found.items()}

    def range_of(self, place: Place) -> types.Range:
        """Return the range of a place."""
        file = file_of(place)
        if file not in self._lines:
            self._lines[file] = self._lines_of(self._texts.get(file, place.source.text))
        return self._lines[file].range_of(place)

    def published(self, diagnostic: Diagnostic) -> types.Diagnostic:
        """Return one diagnostic."""
        page = pages().get(diagnostic.code)
        return types.Diagnostic(
            range=self.range_of(diagnostic.place),
            message=message_of(diagnostic),
            severity=_SEVERITIES[diagnostic.level],
            code=diagnostic.code,
            code_description=types.CodeDescription(page.as_uri()) if page is not None else None,
            source="resolver",
            related_information=[
                types.DiagnosticRelatedInformation(
                    types.Location(self._uri_of(file_of(related.place)), self.range_of(related.place)),
                    beside(related.message, diagnostic),
                )
                for related in diagnostic.related
            ],
        )

    def _first(self, diagnostics: list[Diagnostic]) -> Iterator[types.Diagnostic]:
        if len(diagnostics) > _MOST:
            diagnostics = sorted(diagnostics, key=lambda diagnostic: diagnostic.level is not Level.ERROR)
            more = f"{len(diagnostics) - _MOST:,} more problems of this file are not shown"
            yield types.Diagnostic(self.range_of(diagnostics[_MOST].place), more, source="resolver")
        yield from map(self.published, diagnostics[:_MOST])
