"""One rename: another name for a role, a phase, a tier, a fact, a triad or a rule, wherever it is written."""

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
    RULE = "rule"


@frozen
class Renaming:
    """One rename: every `old` name of this kind becomes `new`.

    `tier_facts` are the policy's own facts that hold tiers: with a tier, their values change. `ruleset` is that of a
    rule: the other ruleset may have a rule of the same name, which keeps it.
    """

    kind: NameKind
    old: str
    new: str
    tier_facts: frozenset[str] = frozenset()
    ruleset: str = ""

    def of(self, kind: NameKind, name: str, ruleset: str = "") -> str:
        """Return the name of this kind, of a rule the one in `ruleset`, after the renaming.

        >>> Renaming(NameKind.ROLE, "critic", "judge").of(NameKind.ROLE, "critic")
        'judge'
        """
        return self.new if (kind, name, ruleset) == (self.kind, self.old, self.ruleset) else name
