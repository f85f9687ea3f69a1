"""Diagnostics: problems of a policy, reported to its author."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resolver.diagnostics.place import Place


class Level(StrEnum):
    """Severity of a diagnostic: a policy with an error does not load, and one with only warnings does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem of a policy.

    `code` is the stable name of the kind of problem. `message` states the problem: lower case, no full stop, the
    author's words in backticks. `place` is the position in the file. `help` tells the author what to do. `notes` are
    further lines that appear between the source line and the help.
    """

    code: str
    message: str
    place: Place
    help: str = ""
    level: Level = Level.ERROR
    notes: tuple[str, ...] = ()

    @property
    def sort_key(self) -> tuple[tuple[str, int, int], str, str]:
        """A key that sorts diagnostics by place, then by code and message."""
        return self.place.sort_key, self.code, self.message
