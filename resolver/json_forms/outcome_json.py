"""Outcomes as JSON."""

from __future__ import annotations

from typing import Any, Literal, cast

from typing_extensions import TypedDict

from resolver.domain import Outcome

EscalationJson = TypedDict("EscalationJson", {"from": str, "to": str, "why": str | None})
"""An escalation; `why` says why it is more than one step."""


class OutcomeJson(TypedDict):
    """The effect of a reported outcome, the rule that decided it, and the strikes afterwards.

    `repeated` is whether the outcome was recorded before, under the same key.
    """

    effect: Literal["count", "reset", "ignore", "hold", "escalate", "queued"]
    rule: str | None
    because: str
    strikes: int
    repeated: bool
    escalation: EscalationJson | None


def outcome_json(outcome: Outcome) -> OutcomeJson:
    """Return the effect of a reported outcome as JSON."""
    escalation = outcome.escalation
    return {
        "effect": cast("Any", str(outcome.effect)),
        "rule": outcome.rule,
        "because": outcome.because,
        "strikes": outcome.strikes,
        "repeated": outcome.repeated,
        "escalation": None
        if escalation is None
        else {"from": escalation.from_tier, "to": escalation.to_tier, "why": escalation.why or None},
    }
