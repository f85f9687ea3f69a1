"""Facts, and the values that each can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from resolver.diagnostics import Place
from resolver.domain.ladder import Ladder
from resolver.frozen import frozen

Value = str | int
Facts = Mapping[str, Value]
"""The facts of one request or outcome; a fact that does not apply is missing."""

LARGEST_INTEGER = 2**63 - 2
"""The rules engine saturates at 64 bits; one less keeps every value distinct from its neighbours."""


@frozen
class OpenText:
    """Any text."""


@frozen
class Text:
    """A text that is one of the declared `values`."""

    values: tuple[str, ...]


@frozen
class Integer:
    """An integer from `lowest` on, which rules compare with numbers up to `highest_literal`."""

    lowest: int = -LARGEST_INTEGER
    highest_literal: int = LARGEST_INTEGER


Domain = OpenText | Text | Integer


@frozen
class Fact:
    """A fact's name and the values that it can have; `always` is whether every request and outcome has it.

    `place` is where a policy declares it; None for the facts that every policy has.
    """

    name: str
    domain: Domain
    always: bool = False
    description: str = ""
    place: Place | None = field(default=None, compare=False)

    def is_comparable(self, other: Fact) -> bool:
        """Return whether a rule may compare this fact with `other`: both have the same list of values.

        A list that is empty could not be read, which was reported where the fact is declared.

        >>> tier = Text(("fast", "general"))
        >>> Fact("next_tier", tier).is_comparable(Fact("raised_tier", tier))
        True
        >>> Fact("next_tier", tier).is_comparable(Fact("role", OpenText()))
        False
        """
        if not isinstance(self.domain, Text) or not isinstance(other.domain, Text):
            return False
        mine, others = set(self.domain.values), set(other.domain.values)
        return not mine or not others or mine == others


def vocabulary(ruleset: str, ladder: Ladder, extra: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """Return the facts that rules of `ruleset` may read: the built-in facts first, then the policy's own."""
    tier = Text(ladder.tiers)
    subject = [Fact("triad", OpenText(), always=True), Fact("role", OpenText(), always=True), Fact("phase", OpenText())]
    own = {
        "tier": [Fact("role_default", tier), Fact("phase_override", tier), Fact("escalated_tier", tier)],
        "outcome": [
            Fact("result", Text(("success", "failure")), always=True),
            Fact("kind", OpenText()),
            Fact("strikes", Integer(lowest=1, highest_literal=100)),
            Fact("failed_tier", tier),
            Fact("next_tier", tier),
            Fact("raised_tier", tier),
        ],
    }[ruleset]
    return {fact.name: fact for fact in (*subject, *own, *extra.values())}


BUILT_IN = frozenset(fact for name in ("tier", "outcome") for fact in vocabulary(name, Ladder(()), {}))
"""Names that a policy cannot give to its own facts."""
