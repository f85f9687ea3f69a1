"""Facts that rules read, and the values that each fact can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resolver.domain.ladder import Ladder

Value = str | int
Facts = Mapping[str, Value]
"""The facts of one event; the mapping omits a fact that does not apply."""

LARGEST_INTEGER = 2**63 - 2
"""The largest integer of a fact: the rules engine saturates at 64 bits, and one less keeps neighbours distinct."""


@dataclass(frozen=True, slots=True)
class OpenText:
    """Any text."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is one of the declared `values`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number that is at least `lowest`; rules compare it with numbers up to `highest_literal`."""

    lowest: int = -LARGEST_INTEGER
    highest_literal: int = LARGEST_INTEGER


Domain = OpenText | Text | Integer


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact's name and the values that it can have. `always` is true if every event has the fact."""

    name: str
    domain: Domain
    always: bool = False
    description: str = ""


def vocabulary(ruleset: str, ladder: Ladder, extra: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """Return the facts that rules of a ruleset can read, by name: first the built-in facts, then the policy's own.

    Args:
        ruleset: `tier` or `outcome`.
        ladder: The policy's tiers, which are the values of facts such as `role_default`.
        extra: The facts that the policy declares, by name.

    Raises:
        KeyError: There is no such ruleset.

    >>> list(vocabulary("tier", Ladder(("fast",)), {"cost": Fact("cost", Integer())}))
    ['triad', 'role', 'phase', 'role_default', 'phase_override', 'escalated_tier', 'cost']
    """
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
"""The names of the built-in facts, which a policy's own facts cannot have."""
