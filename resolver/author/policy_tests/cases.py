"""What a policy test says: a request or a history, and what is expected of it, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resolver.diagnostics import Place
from resolver.domain import Facts, Subject

ANY_TRIAD = "any triad"
"""The triad of a case that names none; no rule of a sane policy does."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must be so: `what` names it (`tier`, `rule`, `models`, `effect`, `strikes`, `to`)."""

    what: str
    value: str | int | Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """An outcome of a history, reported `times` times; what is expected holds after the last."""

    failed: bool
    kind: str | None
    phase: str | None
    facts: Facts
    ran_on: str | None
    times: int
    expected: tuple[Expectation, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """A test: a request and its answer, or a history from an `entry` (None: no escalation) that a subject begins with.

    `variant` tells cases apart that one test with lists of names stands for; it is empty for a test that is one case.
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
        """Return the name by which people know the case."""
        return f"{self.name} [{self.variant}]" if self.variant else self.name
