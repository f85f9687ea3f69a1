"""Diagnostics as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resolver.diagnostics import Diagnostic, Place, excerpt, shown

_LONGEST_SOURCE_LINE = 1_000
"""Characters of a source line that is given whole."""


def diagnostics_json(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics as JSON, with their text; `more` counts those that are not shown."""
    first, more = shown(diagnostics)
    counted = [
        {"code": group.code, "level": str(group.level), "file": group.file, "count": group.count} for group in more
    ]
    return {"diagnostics": [_diagnostic(diagnostic) for diagnostic in first], **({"more": counted} if counted else {})}


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
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
