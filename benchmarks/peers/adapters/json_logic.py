"""JsonLogic: one `if` over the facts of a request."""

from __future__ import annotations

from json_logic import jsonLogic

from benchmarks.bare import Decide
from benchmarks.peers.facts import facts_of
from benchmarks.rows import Rows

_RULE = {
    "if": [
        {"==": [{"var": "role"}, "code_execution"]},
        "fast",
        {"var": "escalated_tier"},
        {"var": "escalated_tier"},
        {"var": "phase_override"},
        {"var": "phase_override"},
        {"var": "role_default"},
        {"var": "role_default"},
        "general",
    ]
}


def load(rows: Rows) -> Decide:
    """Keep the rule as the data it is."""
    facts = facts_of(rows)

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        tier: str = jsonLogic(_RULE, facts(triad, role, phase))
        return tier

    return decide
