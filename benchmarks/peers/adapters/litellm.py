"""litellm's Router: a model group for each tier, an alias for each row; it also picks the group's deployment.

The Router has no precedence of its own: the names that a request may be an alias by are tried in order.
"""

from __future__ import annotations

from litellm import Router

from benchmarks.bare import Decide
from benchmarks.rows import TIERS, Rows

_PROVIDERS = ("cerebras", "groq", "gemini", "openrouter")


def load(rows: Rows) -> Decide:
    """Set up the Router with four deployments for each tier, as the shipped policy has providers."""
    aliases = {
        **{_escalated(triad, role): tier for (triad, role), tier in rows.escalated.items()},
        **{_in_phase(role, phase): tier for phase, tiers in rows.overrides.items() for role, tier in tiers.items()},
        **{_any_phase(role): tier for role, tier in rows.defaults.items()},
    }
    deployments = [
        {"model_name": tier, "litellm_params": {"model": f"{provider}/{tier}", "api_key": "none"}}
        for tier in TIERS
        for provider in _PROVIDERS
    ]
    router = Router(model_list=deployments, model_group_alias=aliases)

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        names = (
            _any_phase(role) if role == "code_execution" else _escalated(triad, role),
            _in_phase(role, phase) if phase else _any_phase(role),
            _any_phase(role),
        )
        group = next((name for name in names if name in aliases), "general")
        tier: str = router.get_available_deployment(group)["model_name"]
        return tier

    return decide


def _escalated(triad: str, role: str) -> str:
    return f"{role} of {triad}"


def _in_phase(role: str, phase: str) -> str:
    return f"{role} in {phase}"


def _any_phase(role: str) -> str:
    return f"any {role}"
