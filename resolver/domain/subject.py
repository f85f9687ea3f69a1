"""Subjects: a role in a triad, which decisions, streaks and escalations are about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A role in a triad. A policy file writes it as the key `"triad:role"`; the last colon separates the two.

    >>> Subject.parse("team:west:critic")
    Subject(triad='team:west', role='critic')
    """

    triad: str
    role: str

    @classmethod
    def parse(cls, key: str) -> Subject | None:
        """Return the subject that a file's `key` names, or None if the key has no colon."""
        triad, colon, role = key.rpartition(":")
        return cls(triad, role) if colon else None

    def __str__(self) -> str:
        return f"{self.triad}:{self.role}"


def subject_problem(triad: object, role: object) -> str | None:
    """Return why `triad` and `role` cannot name a subject, or None if they can. Empty names are valid.

    >>> subject_problem("t", "a:b")
    'the role `a:b` has a colon, which ends the triad in `triad:role`'
    """
    for part, name in (("triad", triad), ("role", role)):
        if not isinstance(name, str):
            return f"a {part} is text, not `{name!r}`"
    if isinstance(role, str) and ":" in role:
        return f"the role `{str.__str__(role)}` has a colon, which ends the triad in `triad:role`"
    return None
