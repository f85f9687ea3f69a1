"""rule-engine: one expression over the facts of a request, evaluated to its tier."""

from __future__ import annotations

from rule_engine import Context, Rule

from benchmarks.bare import Decide
from benchmarks.peers.facts import facts_of
from benchmarks.rows import Rows

_RULE = """
role == "code_execution" ? "fast" : (
  escalated_tier != null ? escalated_tier : (
    phase_override != null ? phase_override : (
      role_default != null ? role_default : "general")))
"""


def load(rows: Rows) -> Decide:
    """Parse the expression once."""
    rule = Rule(_RULE, context=Context(default_value=None))
    facts = facts_of(rows)

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        tier: str = rule.evaluate(facts(triad, role, phase))
        return tier

    return decide
