"""What the program answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resolver.diagnostics import Place
from resolver.domain.facts import Facts, Value
from resolver.domain.policy import Rule
from resolver.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Decision:
    """On which tier a request runs, on which models, and why.

    `rule` is the name of the rule that won and `because` its reason, `models` maps each provider to its model id in the
    order to try them, and `revision` identifies what the policy means, its `escalation_state` left out.
    """

    tier: str
    rule: str
    because: str
    models: Mapping[str, str] = field(hash=False)
    revision: str


@dataclass(frozen=True, slots=True)
class Won:
    """The rule decided."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The rule matched, but rule `to` has a lower `pri`."""

    to: Rule


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The rule did not match: with other values of the facts in `blockers`, and no fewer, it would have."""

    blockers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What became of one rule of the question."""

    rule: Rule
    outcome: Won | Lost | Unmatched


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of the request: its value (None: it does not apply) and the row it comes from, if it comes from a file."""

    name: str
    value: Value | None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with every rule of the question and what became of it, by ascending `pri`.

    `facts` are those that the rules saw. `unlisted` holds a sentence for a role or phase that is in none of the
    policy's lists; it is an answer like any other, but often a typo.
    """

    subject: Subject
    phase: str | None
    decision: Decision
    facts: tuple[Known, ...]
    rules: tuple[RuleReport, ...]
    unlisted: tuple[str, ...] = ()

    @property
    def values(self) -> Facts:
        """Return the facts that apply, by name."""
        return {fact.name: fact.value for fact in self.facts if fact.value is not None}
