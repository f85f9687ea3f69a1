"""One message to a policy author."""

from __future__ import annotations

from enum import StrEnum

from resolver.diagnostics.place import Place
from resolver.frozen import frozen


class Level(StrEnum):
    """The severity: a policy with an error does not load."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Related:
    """A place that a diagnostic has to do with, and what is there."""

    message: str
    place: Place


@frozen
class Diagnostic:
    """A problem of a policy.

    `code` is its stable name. `message` says what is wrong (lower case, no full stop, the author's words in backticks),
    `place` where, and `help` what to do. `notes` are further lines, shown between the source and the help. `related`
    are the places of the rules and rows that a witness goes through, to which editors lead.
    """

    code: str
    message: str
    place: Place
    help: str = ""
    level: Level = Level.ERROR
    notes: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def sort_key(self) -> tuple[tuple[str, int, int], str, str]:
        """A key that sorts diagnostics by place, then by code and message."""
        return self.place.sort_key, self.code, self.message
