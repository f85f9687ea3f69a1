"""Policies as JSON: the one in force, and the result of a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from resolver.diagnostics import Diagnostic
from resolver.domain import Health, Integer, Policy, Text
from resolver.json_forms.diagnostics_json import DiagnosticJson, DiagnosticsJson, MoreJson, diagnostics_json
from resolver.json_forms.health_json import HealthJson, health_json


class TierJson(TypedDict):
    """A tier, and its model id at each provider."""

    tier: str
    models: dict[str, str]


class FactJson(TypedDict):
    """A fact that the policy declares; `values` is null for an integer."""

    fact: str
    values: list[str] | None
    description: str


class PolicyJson(DiagnosticsJson):
    """A policy: its tiers, lowest first, the names that it lists, its warnings, and the health of policy and state."""

    revision: str
    ladder: list[TierJson]
    roles: list[str]
    triads: list[str]
    phases: list[str]
    facts: list[FactJson]
    health: HealthJson


class CheckJson(TypedDict):
    """The result of a check: whether the policy loads, its revision if it does, and all problems."""

    ok: bool
    revision: str | None
    diagnostics: list[DiagnosticJson]
    more: NotRequired[list[MoreJson]]


def policy_json(policy: Policy, health: Health) -> PolicyJson:
    """Return a policy in force as JSON."""
    tiers = policy.model_tiers
    return {
        "revision": policy.revision,
        "ladder": [{"tier": name, "models": dict(tiers.tiers[name].providers)} for name in tiers.ladder.tiers],
        "roles": list(tiers.role_defaults),
        "triads": list(tiers.triads),
        "phases": list(tiers.phases) or list(tiers.phase_overrides),
        "facts": [
            {
                "fact": fact.name,
                "values": None if isinstance(fact.domain, Integer) else list(_values(fact.domain)),
                "description": fact.description,
            }
            for fact in policy.facts.values()
        ],
        "health": health_json(health),
        **diagnostics_json(policy.warnings),
    }


def check_json(diagnostics: Sequence[Diagnostic], revision: str | None) -> CheckJson:
    """Return the result of a check as JSON; `revision` is None if the policy does not load."""
    return {"ok": revision is not None, "revision": revision, **diagnostics_json(diagnostics)}


def _values(domain: object) -> tuple[str, ...]:
    return domain.values if isinstance(domain, Text) else ()
