"""Decisions and explanations: the answers to requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from resolver.diagnostics import Place
from resolver.domain.facts import Facts, Value
from resolver.domain.options import NO_OPTIONS, Options
from resolver.domain.policy import Rule
from resolver.domain.subject import Subject
from resolver.frozen import frozen


@frozen
class Decision:
    """The tier and the models that a request runs on, with the rule that decided.

    `rule` is the name of the rule that won and `because` its reason. `models` maps each provider to its model id, in
    the order to try them. `revision` identifies the meaning of the policy, without its `escalation_state`. `options`
    maps each provider whose model has options to these options.
    """

    tier: str
    rule: str
    because: str
    models: Mapping[str, str] = field(hash=False)
    revision: str
    options: Mapping[str, Options] = field(default_factory=lambda: NO_OPTIONS, hash=False)


@frozen
class Won:
    """The rule matched with the lowest `pri` and decided."""


@frozen
class Lost:
    """The rule matched, but the rule `to` matched with a lower `pri`."""

    to: Rule


@frozen
class Unmatched:
    """The rule did not match. It would match if exactly the facts in `blockers` had other values."""

    blockers: tuple[str, ...]


@frozen
class RuleReport:
    """The result of one rule of the question."""

    rule: Rule
    outcome: Won | Lost | Unmatched


@frozen
class RequestFact:
    """A fact of the request: its value (None: it does not apply), and its row if it comes from a file."""

    name: str
    value: Value | None
    place: Place | None = None


@frozen
class Explanation:
    """A decision with the result of every rule of the question, by ascending `pri`.

    `facts` are the facts that the rules saw. `unlisted` has a sentence for a role or phase that is in none of the
    policy's lists: it is answered like any other, but is often a typo.
    """

    subject: Subject
    phase: str | None
    decision: Decision
    facts: tuple[RequestFact, ...]
    rules: tuple[RuleReport, ...]
    unlisted: tuple[str, ...] = ()

    @property
    def values(self) -> Facts:
        """Return the facts that apply, by name."""
        return {fact.name: fact.value for fact in self.facts if fact.value is not None}
