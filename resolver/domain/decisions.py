"""Decisions on requests, and their explanations rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resolver.diagnostics import Place
from resolver.domain.facts import Facts, Value
from resolver.domain.policy import Rule
from resolver.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier and the models on which a request runs, and the reason.

    `rule` is the name of the rule that won, and `because` is the reason that the rule gives. `models` maps each
    provider to its model id, in the order in which a client tries them. `revision` identifies the meaning of the policy
    without its `escalation_state`.
    """

    tier: str
    rule: str
    because: str
    models: Mapping[str, str] = field(hash=False)
    revision: str


@dataclass(frozen=True, slots=True)
class Won:
    """The rule matched with the lowest `pri` and decided."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The rule matched, but the rule `to` matched with a lower `pri`."""

    to: Rule


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The rule did not match.

    `blockers` is a smallest set of facts whose values must change for the rule to match, or empty if the rule can never
    match.
    """

    blockers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleReport:
    """The result of one rule for a request: it won, lost or did not match."""

    rule: Rule
    outcome: Won | Lost | Unmatched


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of the request.

    `value` is None if the fact does not apply. `place` is the row of the policy file that gives the value, or None if
    the value does not come from a file.
    """

    name: str
    value: Value | None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, with the result of every rule by ascending `pri`.

    `facts` are the facts that the rules read. `unlisted` has a sentence for a role or phase that is in none of the
    policy's lists: the decision is valid, but such a name is often a typo.
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
