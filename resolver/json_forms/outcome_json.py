"""Outcomes as JSON."""

from __future__ import annotations

from typing import Any

from resolver.domain import Outcome


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return the effect of a reported outcome as JSON."""
    escalation = outcome.escalation
    return {
        "effect": outcome.effect,
        "rule": outcome.rule,
        "because": outcome.because,
        "strikes": outcome.strikes,
        "escalation": None
        if escalation is None
        else {"from": escalation.from_tier, "to": escalation.to_tier, "why": escalation.why or None},
    }
