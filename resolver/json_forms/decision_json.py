"""Decisions as JSON."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from resolver.domain import Decision, plain_options


class DecisionJson(TypedDict):
    """A decision: the tier, the rule that decided, and the models to try in order, by provider."""

    tier: str
    rule: str
    because: str
    models: dict[str, str]
    options: dict[str, dict[str, Any]]
    revision: str


def decision_json(decision: Decision) -> DecisionJson:
    """Return a decision as JSON."""
    return {
        "tier": decision.tier,
        "rule": decision.rule,
        "because": decision.because,
        "models": dict(decision.models),
        "options": {provider: plain_options(of) for provider, of in decision.options.items()},
        "revision": decision.revision,
    }
