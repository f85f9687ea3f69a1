"""Subjects: a role in a triad, which decisions, streaks and escalations are about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """A role in a triad. In a policy file it is the key `"triad:role"`, split at the last colon."""

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
    """Return why `triad` and `role` cannot name a subject, None if they can. Empty names are ordinary names."""
    for what, name in (("triad", triad), ("role", role)):
        if not isinstance(name, str):
            return f"a {what} is text, not `{name!r}`"
    if isinstance(role, str) and ":" in role:
        return f"the role `{str.__str__(role)}` has a colon, which ends the triad in `triad:role`"
    return None
