"""A table without a rule decides as the policy without that rule does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolver.author import compare
from resolver.domain import Rule
from resolver.loader import load_policy, shipped_policy
from resolver.table import compile_table, outranking, without_rule

POLICY = load_policy(shipped_policy())
TABLE = compile_table(POLICY)
RULES = [rule for rules in POLICY.rules.values() for rule in rules]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_same_as_compiled(rule: Rule) -> None:
    """`compare` finds no difference from a policy that was compiled without the rule."""
    rules = {name: tuple(each for each in of if each != rule) for name, of in POLICY.rules.items()}
    compiled = compile_table(replace(POLICY, rules=rules))
    shorter = without_rule(TABLE, rule)
    assert compare(shorter, compiled).verdict == "equivalent"
    assert {role: shorter.rows[role] for role in shorter.rows} == {role: compiled.rows[role] for role in shorter.rows}
    assert compare(TABLE, compile_table(POLICY)).verdict == "equivalent"


def test_outranking() -> None:
    """A rule is outranked by the rules with a lower `pri` that match some of the same events."""
    found = {rule.name: [other.name for other in outranking(TABLE.tier, rule)] for rule in TABLE.tier.rules}
    assert found == {
        "code_execution": [],
        "escalation": ["code_execution"],
        "phase_override": ["code_execution", "escalation"],
        "role_default": ["code_execution", "escalation", "phase_override"],
        "unlisted_role": ["code_execution", "escalation", "phase_override"],
    }
    success, fault, *_ = TABLE.outcome.rules
    assert outranking(TABLE.outcome, fault) == []
    assert outranking(TABLE.outcome, success) == []
