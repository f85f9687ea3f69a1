"""Diagnostics as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from resolver.diagnostics import Diagnostic, Place, excerpt, shown

_LONGEST_SOURCE_LINE = 1_000
"""Characters of a source line that is given whole."""


class DiagnosticJson(TypedDict):
    """A problem of a policy: its place, counted from 1, the line, and what to do."""

    code: str
    level: str
    message: str
    file: str
    line: int
    column: int
    length: int
    source: str
    notes: list[str]
    help: str


class MoreJson(TypedDict):
    """Problems of one code in one file that are not listed."""

    code: str
    level: str
    file: str
    count: int


class DiagnosticsJson(TypedDict):
    """The first problems, and the numbers of the others."""

    diagnostics: list[DiagnosticJson]
    more: NotRequired[list[MoreJson]]


def diagnostics_json(diagnostics: Sequence[Diagnostic]) -> DiagnosticsJson:
    """Return diagnostics as JSON, with their text; `more` counts those that are not shown."""
    first, more = shown(diagnostics)
    counted: list[MoreJson] = [
        {"code": group.code, "level": str(group.level), "file": group.file, "count": group.count} for group in more
    ]
    found: DiagnosticsJson = {"diagnostics": [_diagnostic(diagnostic) for diagnostic in first]}
    return {**found, "more": counted} if counted else found


def _diagnostic(diagnostic: Diagnostic) -> DiagnosticJson:
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
