"""Decisions as JSON."""

from __future__ import annotations

from typing import Any

from resolver.domain import Decision, plain_options


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON."""
    return {
        "tier": decision.tier,
        "rule": decision.rule,
        "because": decision.because,
        "models": dict(decision.models),
        "options": {provider: plain_options(of) for provider, of in decision.options.items()},
        "revision": decision.revision,
    }
