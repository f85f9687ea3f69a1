"""Cases of policy tests: a request or a history, and the expected results, each with its place."""

from __future__ import annotations

from collections.abc import Mapping

from resolver.diagnostics import Place
from resolver.domain import Facts, Options, Subject
from resolver.frozen import frozen

ANY_TRIAD = "any triad"
"""The triad of a case that names none; no sane policy has a rule for it."""


@frozen
class Expectation:
    """One expected result; `what` names it (`tier`, `rule`, `models`, `options`, `effect`, `strikes`, `to`)."""

    what: str
    value: str | int | Mapping[str, str | Options]
    place: Place


@frozen
class Step:
    """An outcome of a history, reported `times` times; the expectations are checked after the last."""

    failed: bool
    kind: str | None
    phase: str | None
    facts: Facts
    ran_on: str | None
    times: int
    expected: tuple[Expectation, ...]
    place: Place


@frozen
class Case:
    """A case: a request with its answer, or a history that begins with an `entry` (None: not escalated).

    `variant` distinguishes the cases of one test that has lists of names; it is empty for a test with one case.
    """

    name: str
    variant: str
    subject: Subject
    phase: str | None
    entry: str | None
    facts: Facts
    expected: tuple[Expectation, ...]
    steps: tuple[Step, ...]
    place: Place

    @property
    def label(self) -> str:
        """Return the name of the case for people."""
        return f"{self.name} [{self.variant}]" if self.variant else self.name
