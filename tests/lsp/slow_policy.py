"""A policy that takes seconds to prove."""

from __future__ import annotations

_HEAD = """\
model_tiers:
  ladder: [fast, general, reasoning]
  tiers:
    fast: {providers: {groq: llama}}
    general: {providers: {groq: qwen}}
    reasoning: {providers: {groq: kimi}}
  role_defaults: {role_0: general, role_1: general}
"""
_ESCALATION = "    escalation: {pri: 5, all: [{m: {$ex: {escalated_tier: 1}}}], run: {tier: {$m: escalated_tier}}}\n"
_THREE = (
    "    many: {pri: 10, all: [{m: {$and: [{result: failure}, {$gte: {strikes: 100}}, {$neq: {failed_tier: reasoning}}]"
    "}}], run: {escalate_to: {$m: raised_tier}}}\n"
)
_LAST = "    {name}: {{pri: 900, all: [{{m: {{$ex: {{role: 1}}}}}}], run: {run}}}\n"


def slow_policy(facts: int = 7) -> str:
    """Return a policy whose rules tell many combinations of facts apart, over a hundred strikes."""
    declared = "".join(f"  f{number}: {{values: [a, b, c]}}\n" for number in range(facts))
    pairs = [(number, number + 1) for number in range(facts - 1)]
    tier = "".join(
        f"    r{one}: {{pri: {10 + one}, all: [{{m: {{$and: [{{f{one}: a}}, {{f{two}: b}}]}}}}],"
        " run: {tier: general}}\n"
        for one, two in pairs
    )
    outcome = "".join(
        f"    o{one}: {{pri: {20 + one}, all: [{{m: {{$and: [{{result: failure}}, {{f{one}: a}}, {{f{two}: c}}]}}}}],"
        " run: count}\n"
        for one, two in pairs
    )
    count = "    count: {pri: 800, all: [{m: {result: failure}}], run: count}\n"
    rest, reset = _LAST.format(name="rest", run="{tier: general}"), _LAST.format(name="reset", run="reset")
    return (
        f"{_HEAD}facts:\n{declared}rulesets:\n  tier:\n{_ESCALATION}{tier}{rest}"
        f"  outcome:\n{_THREE}{outcome}{count}{reset}"
    )
