"""Limits the diagnostics that are shown: the first of each code in each file, and a count of the rest."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.diagnostics.diagnostic import Diagnostic, Level
from resolver.frozen import frozen

MOST_SHOWN = 100
"""The largest number of diagnostics of one code in one file that are shown."""


@frozen
class More:
    """The number of diagnostics of one code in one file that are not shown."""

    code: str
    level: Level
    file: str
    count: int

    def __str__(self) -> str:
        return f"… and {self.count:,} more {self.level}[{self.code}] in {self.file}"


def shown(diagnostics: Iterable[Diagnostic]) -> tuple[list[Diagnostic], list[More]]:
    """Return the diagnostics to show, in their order, and the count of the rest for each code in each file."""
    counts: dict[tuple[str, Level, str], int] = {}
    first: list[Diagnostic] = []
    for diagnostic in diagnostics:
        key = (diagnostic.code, diagnostic.level, diagnostic.place.source.name)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= MOST_SHOWN:
            first.append(diagnostic)
    return first, [More(*key, count - MOST_SHOWN) for key, count in counts.items() if count > MOST_SHOWN]
