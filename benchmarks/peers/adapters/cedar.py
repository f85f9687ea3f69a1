"""Cedar: roles and triads are entities whose tags hold the rows.

Cedar answers whether, not which. So each tier has a policy that permits running on it, and the tier is the one whose
policy Cedar gives as the reason; asking for one tier after the other takes up to three requests.
"""

from __future__ import annotations

import json

from cedarpy import Entities, PolicySet, is_authorized

from benchmarks.bare import Decide
from benchmarks.rows import TIERS, Rows

_POLICY = """
permit(principal, action == Action::"run", resource) when {{
  if context.role == Role::"code_execution" then "{tier}" == "fast"
  else if principal.hasTag(context.role_name) then principal.getTag(context.role_name) == "{tier}"
  else if context has phase && context.role.hasTag(context.phase) then context.role.getTag(context.phase) == "{tier}"
  else if context.role has default then context.role.default == "{tier}"
  else "{tier}" == "general"
}};
"""
_ACTION = {"type": "Action", "id": "run"}
_RESOURCE = {"type": "Model", "id": "any"}


def load(rows: Rows) -> Decide:
    """Parse the policies and the entities once."""
    policies = PolicySet.from_str("".join(_POLICY.format(tier=tier) for tier in TIERS))
    entities = Entities.from_json_str(json.dumps(_entities(rows)))
    tiers = {f"policy{at}": tier for at, tier in enumerate(TIERS)}

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        context: dict[str, object] = {"role": {"__entity": {"type": "Role", "id": role}}, "role_name": role}
        if phase:
            context["phase"] = phase
        request = {
            "principal": {"type": "Triad", "id": triad},
            "action": _ACTION,
            "resource": _RESOURCE,
            "context": context,
        }
        return tiers[is_authorized(request, policies, entities).diagnostics.reasons[0]]

    return decide


def _entities(rows: Rows) -> list[dict[str, object]]:
    triads: dict[str, dict[str, str]] = {}
    for (triad, role), tier in rows.escalated.items():
        triads.setdefault(triad, {})[role] = tier
    phases: dict[str, dict[str, str]] = {role: {} for role in rows.defaults}
    for phase, tiers in rows.overrides.items():
        for role, tier in tiers.items():
            phases.setdefault(role, {})[phase] = tier
    defaults = {role: {"default": tier} for role, tier in rows.defaults.items()}
    return [
        *(_entity("Triad", triad, {}, tags) for triad, tags in triads.items()),
        *(_entity("Role", role, defaults.get(role, {}), tags) for role, tags in phases.items()),
    ]


def _entity(kind: str, name: str, attributes: dict[str, str], tags: dict[str, str]) -> dict[str, object]:
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "tags": tags, "parents": []}
