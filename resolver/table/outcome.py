"""Judging an outcome: the facts that the ruleset `outcome` sees, and the effect of the rule that wins."""

from __future__ import annotations

from resolver.diagnostics import ResolverError
from resolver.domain import Decision, EffectKind, Facts, Rule, Standing, Streak, Subject
from resolver.frozen import frozen
from resolver.table.explain import undecided
from resolver.table.leap import leap_reason
from resolver.table.table import DecisionTable


@frozen
class Report:
    """A success or a failure of a request, as the application reports it.

    `kind` and `error` belong to a failure. `ran_on` is the tier that the work ran on; None if the application does not
    say. `key` is the caller's key for this report as a store keeps it; None without a key.
    """

    subject: Subject
    phase: str | None
    extra: Facts
    failed: bool
    kind: str | None = None
    error: str | None = None
    ran_on: str | None = None
    key: str | None = None


@frozen
class OutcomeDecision:
    """The result of a report: its effect, the rule that decided it, and the streak after it.

    `rule` is None if the work ran on a tier that is no longer in force. `in_force` is the tier that the request gets
    now. `to_tier` is the tier to which the subject escalates. `errors` are the error texts of the streak, for the
    history. `why` says why the escalation is more than one step up; it is empty for one step, and for a rule that names
    the tier itself.
    """

    effect: EffectKind
    rule: Rule | None
    streak: Streak | None
    in_force: str
    to_tier: str | None = None
    errors: tuple[str, ...] = ()
    why: str = ""


def after(decided: OutcomeDecision, standing: Standing) -> Standing:
    """Return the standing of a subject after an outcome.

    Args:
        decided: The outcome, as `judge_outcome` returns it.
        standing: The standing of the subject before the outcome.

    """
    entry = decided.to_tier if decided.effect is EffectKind.ESCALATE else standing.entry
    return Standing(entry, decided.streak)


def judge_outcome(table: DecisionTable, report: Report, standing: Standing) -> OutcomeDecision:
    """Return what `report` does to its subject.

    Args:
        table: The decision table that judges.
        report: The success or the failure.
        standing: The subject's entry and streak before the report.

    Raises:
        ResolverError: No rule decides the request, or no rule decides its outcome; or a rule escalates to a tier that
            this failure does not have; or the entry is not a tier of the policy, after an edit that was refused.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> report = Report(Subject("layout", "worker_a"), "execution", {}, failed=True, kind="task")
    >>> decided = judge_outcome(table, report, Standing())
    >>> decided.effect.value, decided.streak.strikes
    ('count', 1)
    """
    if standing.entry is not None and standing.entry not in table.policy.model_tiers.ladder.tiers:
        raise ResolverError(f"the entry of `{report.subject}` is `{standing.entry}`, which is not a tier of the policy")
    decision = _decision(table, report, standing.entry)
    streak = Standing.of(standing.entry, standing.streak).streak
    if report.ran_on not in (None, decision.tier):
        return OutcomeDecision(EffectKind.IGNORE, None, streak, decision.tier)
    failed = _longer(table, streak, decision.tier, standing.entry, report) if report.failed else None
    facts = _facts(table, report, standing.entry, decision.tier, failed)
    answer = table.outcome.decide(table.outcome.universe.classes_of(facts))
    if answer.rule is None:
        what = "failure" if report.failed else "success"
        raise ResolverError(f"no rule of `outcome` decides a {what} of `{report.subject}`")
    rule, to_tier = answer.rule, answer.tier
    errors = failed.errors if failed else ()
    effect = rule.effect.kind
    if effect is EffectKind.ESCALATE and to_tier is None:
        raise ResolverError(f"`{rule.name}` ({rule.place}) escalates to a tier that this failure does not have")
    if effect is EffectKind.ESCALATE and to_tier == standing.entry:
        effect, to_tier = EffectKind.HOLD, None  # the subject has this entry already, so nothing would change
    streak_after = {EffectKind.COUNT: failed, EffectKind.IGNORE: streak}.get(effect)
    why = ""
    if failed is not None and to_tier is not None and rule.effect.referred_fact == "raised_tier":
        tiers = {"in_force": decision.tier, "failed": failed.failed_tier, "raised": to_tier}
        why = leap_reason(table, report.subject, standing, **tiers)
    return OutcomeDecision(effect, rule, streak_after, decision.tier, to_tier, errors, why)


def _decision(table: DecisionTable, report: Report, entry: str | None) -> Decision:
    decision = table.decide(table.facts_of(report.subject, report.phase, report.extra, entry=entry))
    if decision is None:
        raise ResolverError(undecided(report.subject, report.phase))
    return decision


def _longer(table: DecisionTable, streak: Streak | None, tier: str, entry: str | None, report: Report) -> Streak:
    """Return the streak with this failure on `tier` added."""
    ladder = table.policy.model_tiers.ladder
    errors = (*(streak.errors if streak else ()), *([report.error] if report.error else []))
    if streak is None:
        return Streak(1, tier, entry, errors)
    still_a_tier = streak.failed_tier in ladder.tiers  # an edit of the policy may have removed it since
    failed = max(streak.failed_tier, tier, key=ladder.rank) if still_a_tier else tier
    return Streak(streak.strikes + 1, failed, entry, errors)


def _facts(table: DecisionTable, report: Report, entry: str | None, tier: str, failed: Streak | None) -> Facts:
    """Return the facts that the ruleset `outcome` sees. docs/policy-format.md describes them."""
    facts: dict[str, str | int | None] = {
        "triad": report.subject.triad,
        "role": report.subject.role,
        "phase": report.phase or None,
        "result": "failure" if failed else "success",
        **report.extra,
    }
    if failed:
        facts["kind"] = report.kind
        facts |= failure_facts(table, report.subject, entry, tier, failed=failed.failed_tier, strikes=failed.strikes)
    return {name: value for name, value in facts.items() if value is not None}


def failure_facts(
    table: DecisionTable, subject: Subject, entry: str | None, tier: str, *, failed: str, strikes: int
) -> Facts:
    """Return the facts of a failure that depend on its streak.

    Args:
        table: The decision table of the policy.
        subject: The subject of the request.
        entry: The subject's entry in `escalation_state`; None if it has none.
        tier: The tier on which the request runs.
        failed: The highest tier that failed in the streak.
        strikes: The length of the streak, with this failure.

    """
    facts: dict[str, str | int | None] = {
        "result": "failure",
        "strikes": strikes,
        "failed_tier": failed,
        "next_tier": table.policy.model_tiers.ladder.above(failed),
        "raised_tier": raised_tier(table, subject, entry, tier, failed),
    }
    return {name: value for name, value in facts.items() if value is not None}


def raised_tier(table: DecisionTable, subject: Subject, entry: str | None, tier: str, failed: str) -> str | None:
    """Return the tier to which an escalation can go without lowering any request of `subject`.

    This tier is above `failed` if there is a tier above, and not below any tier that the policy gives the subject
    without an entry.

    Args:
        table: The decision table of the policy.
        subject: The subject of the request.
        entry: The subject's entry in `escalation_state`; None if it has none.
        tier: The tier on which the request runs.
        failed: The highest tier that failed in the streak.

    Returns:
        The tier; None if the request runs on the top already, or if the tier would not be above the entry in force.

    """
    ladder = table.policy.model_tiers.ladder
    if tier == ladder.top:
        return None
    above = ladder.above(failed) or ladder.top
    raised = max([above, *table.index.tiers_without_entry(subject)], key=ladder.rank)
    return None if entry is not None and ladder.rank(raised) <= ladder.rank(entry) else raised
