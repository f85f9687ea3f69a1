"""One rename: another name for a role, a phase, a tier, a fact or a triad, wherever it is written."""

from __future__ import annotations

from enum import StrEnum

from resolver.frozen import frozen


class NameKind(StrEnum):
    """The kinds of names that a policy's author makes up, and that rules and requests use."""

    ROLE = "role"
    PHASE = "phase"
    TIER = "tier"
    FACT = "fact"
    TRIAD = "triad"


@frozen
class Renaming:
    """One rename: every `old` name of this kind becomes `new`.

    `tier_facts` are the policy's own facts that hold tiers: with a tier, their values change.
    """

    kind: NameKind
    old: str
    new: str
    tier_facts: frozenset[str] = frozenset()

    def of(self, kind: NameKind, name: str) -> str:
        """Return the name of this kind after the renaming.

        >>> Renaming(NameKind.ROLE, "critic", "judge").of(NameKind.ROLE, "critic")
        'judge'
        """
        return self.new if (kind, name) == (self.kind, self.old) else name
