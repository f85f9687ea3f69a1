"""The reason why an escalation climbs more than one step of the ladder."""

from __future__ import annotations

from resolver.domain import Standing, Subject
from resolver.table.any_other import AnyOther
from resolver.table.table import DecisionTable


def leap_reason(
    table: DecisionTable, subject: Subject, standing: Standing, *, in_force: str, failed: str, raised: str
) -> str:
    """Return why an escalation to `raised_tier` is more than one step up; empty if it is one step.

    Args:
        table: The decision table of the policy.
        subject: The subject that escalates.
        standing: Its entry and streak before the failure.
        in_force: The tier on which the request ran that failed.
        failed: The highest tier that failed in the streak.
        raised: The tier to which the subject escalates.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> names = {"in_force": "fast", "failed": "general", "raised": "reasoning"}
    >>> leap_reason(table, Subject("layout", "worker_a"), Standing(), **names)
    '`general` also failed in this streak'
    """
    ladder = table.policy.model_tiers.ladder
    if ladder.rank(raised) - ladder.rank(in_force) <= 1:
        return ""
    reasons = [f"`{failed}` also failed in this streak"] if ladder.rank(failed) > ladder.rank(in_force) else []
    if ladder.rank(raised) > ladder.rank(failed) + 1 and (elsewhere := _elsewhere(table, subject, raised)):
        entry = "without its escalation, " if standing.entry is not None else ""
        reasons.append(f"{entry}the role gets `{raised}` {elsewhere}")
    return "; ".join(reasons)


def _elsewhere(table: DecisionTable, subject: Subject, tier: str) -> str:
    """Return the phase in which the subject gets `tier` without an entry, and the rule that gives it."""
    found = table.index.request_on(subject, tier)
    if found is None:
        return ""
    phase, rule, facts = found
    if isinstance(phase, AnyOther):
        where = "in any other phase"
    else:
        where = f"in phase `{phase}`" if phase else "without a phase"
    given = "".join(f", with {name} `{value}`" for name, value in facts.items())
    return f"{where}{given}, by `{rule.name}` ({rule.place})"
