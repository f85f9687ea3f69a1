"""Recording an outcome: judge it by its subject's entry and streak, write the effect, log and count it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from resolver.diagnostics import RequestError, did_you_mean, masked
from resolver.domain import (
    EffectKind,
    Escalation,
    Event,
    Ladder,
    Outcome,
    Policy,
    Recorded,
    Standing,
    Subject,
)
from resolver.schema import LONGEST_NAME, name_problem
from resolver.serving import LivePolicy
from resolver.serving.telemetry import current, span
from resolver.state import Change, Receipt, Store, kept_key, now, process_name
from resolver.table import OutcomeDecision, Report, judge_outcome
from resolver.yaml_text import quoted

_log = logging.getLogger("resolver")
_QUEUED = "The database of the state cannot be reached; this is judged when it is back."
_REPEATED = "This outcome was recorded before, under the same key."
_WAITS_ALREADY = "This outcome was reported before, under the same key; it is judged when the database is back."
_ANOTHER_TIER = "The work ran on another tier than {}, on which the request would run now."
_LONGEST_ENTRY_KEY = 1_000
"""Characters of an entry's key as it is written; YAML readers take no key on one line that is longer than 1,024."""
LONGEST_KEY = 255
"""Characters of the key of a report."""


def record(live: LivePolicy, store: Store, report: Report) -> Outcome:
    """Judge a reported outcome, write the effect, and return it.

    Raises:
        ResolverError: The outcome cannot be judged or written. Nothing has changed.
    """
    _check_report(report)
    subject = report.subject
    attributes = {"triad": subject.triad, "role": subject.role, "phase": report.phase}
    with span("record_failure" if report.failed else "record_success", **attributes) as more:
        judgement = Judgement(live, report)
        receipt = _recorded_in(store, report, judgement)
        more["revision"] = live.table.policy.revision
        if receipt.is_repeat:
            more["repeated"] = "true"
            return _repeated(receipt)
        if receipt.is_written:
            outcome = judgement.announce()
        else:
            outcome = Outcome(EffectKind.QUEUED, None, 0, because=_QUEUED)
            _count(outcome)
        tier = outcome.escalation.to_tier if outcome.escalation else None
        more |= {"effect": outcome.effect, "rule": outcome.rule, "tier": tier}
    return outcome


class Judgement:
    """Judges one reported outcome by the policy in force: called with a standing, it returns the change to write.

    A store may call it again, when another process has changed the standing meanwhile. The last call counts.
    """

    def __init__(self, live: LivePolicy, report: Report) -> None:
        self._live = live
        self._report = report
        self._last: tuple[OutcomeDecision, Policy] | None = None

    def __call__(self, standing: Standing) -> Change:
        """Return what the outcome changes for a subject with this standing."""
        table, report = self._live.table, self._report  # each call may see another policy in force
        table.check_extra(report.extra)
        decided = judge_outcome(table, report, standing)
        self._last = decided, table.policy
        change = _change(decided, report, standing, table.policy.revision)
        return replace(change, recorded=_recorded(decided, report, standing, table.policy.revision))

    def announce(self) -> Outcome:
        """Log, count and return the effect, once it is written."""
        assert self._last is not None, "a store judges before it writes"
        decided, policy = self._last
        _log_effect(decided, self._report, at_top=decided.in_force == policy.model_tiers.ladder.top)
        outcome = _outcome(decided, self._report, policy.revision)
        _count(outcome)
        return outcome


def lower(live: LivePolicy, store: Store, subject: Subject, tier: str | None, reason: str) -> None:
    """Lower the entry of `subject` to `tier`, or remove it (None); RequestError if that would not lower it."""
    check_names(triad=subject.triad, role=subject.role, tier=tier, reason=reason)
    ladder = live.table.policy.model_tiers.ladder
    if tier is not None and tier not in ladder.tiers:
        hint = did_you_mean(tier, ladder.tiers) or f"the ladder is {', '.join(f'`{name}`' for name in ladder.tiers)}"
        raise RequestError(f"unknown tier `{tier}`; {hint}")

    def decide(standing: Standing) -> Change:
        entry = standing.entry
        if entry is None:
            raise RequestError(f"`{subject}` has no entry in `escalation_state`")
        if tier is not None and entry in ladder.tiers and ladder.rank(tier) >= ladder.rank(entry):
            raise RequestError(f"`{tier}` is not below `{entry}`, the entry of `{subject}`")
        revision = live.table.policy.revision
        why = masked(reason)
        event = Event("lower", subject, now(), entry, tier, revision=revision, process=process_name(), reason=why)
        return Change(tier, None, event)

    store.update(subject, decide)
    _log.info("`%s` was lowered to %s by a person", subject, tier or "no entry")


def restore(live: LivePolicy, store: Store, subject: Subject) -> str:
    """Bring back an entry that people removed from the policy file or lowered in it, and return its tier."""
    check_names(triad=subject.triad, role=subject.role)
    event = store.removed_entries().get(subject)
    if event is None or event.from_tier is None:
        raise RequestError(f"no entry of `{subject}` was removed from the file or lowered in it")
    tier = event.from_tier
    if tier not in live.table.policy.model_tiers.ladder.tiers:
        raise RequestError(f"the entry of `{subject}` was `{tier}`, which is not a tier of the policy any more")

    def decide(standing: Standing) -> Change | None:
        policy, entry = live.table.policy, standing.entry
        ladder = policy.model_tiers.ladder
        if entry in ladder.tiers and ladder.rank(entry) >= ladder.rank(tier):
            return None
        event = Event("restore", subject, now(), entry, tier, revision=policy.revision, process=process_name())
        return Change(tier, None, event)

    store.update(subject, decide)
    _log.info("`%s` was restored to %s", subject, tier)
    return tier


def masked_error(error: BaseException | str | None) -> str | None:
    """Return the text of an error as the history may keep it."""
    if error is None:
        return None
    text = str(error) if isinstance(error, str) or str(error) else type(error).__name__
    return masked(text)


def checked_key(key: str) -> str:
    """Return the key of a report as stores keep it; RequestError unless it is text of 1 to 255 characters."""
    check_names(key=key)
    if not 1 <= len(key) <= LONGEST_KEY:
        raise RequestError(f"the key of a report has 1 to {LONGEST_KEY} characters, not {len(key):,}")
    return kept_key(key)


def check_names(**names: str | None) -> None:
    """Raise RequestError if one of the `names` is not text, or none that can be kept."""
    for what, name in names.items():
        if name is not None and not isinstance(name, str):
            raise RequestError(f"a {what} is text, not `{masked(repr(name))}`")
        if name is not None and (problem := name_problem(name)):
            raise RequestError(f"this {what} {problem}")


def check_entries(entries: Mapping[Subject, str], reasons: Mapping[Subject, str] | None, ladder: Ladder) -> None:
    """Raise RequestError unless both are mappings of subjects, and each of the `entries` is on the `ladder`."""
    for argument in (entries, reasons or {}):
        if not isinstance(argument, Mapping) or not all(isinstance(subject, Subject) for subject in argument):
            raise RequestError(f"entries and their reasons are mappings of `Subject`, not `{argument!r:.100}`")
    for subject, tier in entries.items():
        check_names(triad=subject.triad, role=subject.role, tier=tier)
        if tier not in ladder.tiers:
            raise RequestError(f"the entry of `{subject}` is `{tier}`, which is not a tier of the policy")
    for reason in (reasons or {}).values():
        check_names(reason=reason)


def _recorded(decided: OutcomeDecision, report: Report, standing: Standing, revision: str) -> Recorded:
    return Recorded(
        report.subject,
        now(),
        report.failed,
        report.phase or None,
        report.kind,
        report.extra,
        report.ran_on,
        standing,
        decided.in_force,
        decided.effect,
        decided.rule.name if decided.rule else None,
        decided.to_tier,
        revision,
        report.key,
    )


def _repeated(receipt: Receipt) -> Outcome:
    """Return the answer to a report whose key was used before: the first outcome, as far as the store knows it."""
    if not receipt.is_written:
        return Outcome(EffectKind.QUEUED, None, 0, because=_WAITS_ALREADY, repeated=True)
    first = receipt.first or Outcome(EffectKind.IGNORE, None, 0)
    return replace(first, because=_REPEATED, repeated=True)


def _recorded_in(store: Store, report: Report, judgement: Judgement) -> Receipt:
    """Do what `Store.record` does, and measure its time if an SDK is set up."""
    telemetry = current()
    if telemetry is None:
        return store.record(report, judgement)
    with telemetry.timed(type(store).__name__):
        return store.record(report, judgement)


def _check_report(report: Report) -> None:
    """Raise RequestError for names that no entry can hold."""
    subject = report.subject
    check_names(triad=subject.triad, role=subject.role, kind=report.kind, phase=report.phase)
    if name_problem(str(subject)):
        raise RequestError(f"triad and role together are longer than {LONGEST_NAME - 1:,} bytes, and no entry can be")
    if len(quoted(str(subject))) > _LONGEST_ENTRY_KEY:
        raise RequestError(f"triad and role are longer than {_LONGEST_ENTRY_KEY:,} characters, which no entry can hold")


def _count(outcome: Outcome) -> None:
    if (telemetry := current()) is not None:
        escalation = outcome.escalation
        tiers = (escalation.from_tier, escalation.to_tier) if escalation else (None, None)
        telemetry.came_to(str(outcome.effect), *tiers)


def _change(decided: OutcomeDecision, report: Report, standing: Standing, revision: str) -> Change:
    effect = decided.effect
    entry = decided.to_tier if effect is EffectKind.ESCALATE else standing.entry
    event = None
    if effect in (EffectKind.ESCALATE, EffectKind.HOLD):
        event = Event(
            effect,
            report.subject,
            now(),
            decided.in_force,
            decided.to_tier,
            report.phase or None,
            report.kind,
            decided.errors,
            decided.rule.name if decided.rule else None,
            revision,
            process_name(),
            decided.why,
        )
    return Change(entry, decided.streak, event)


def _outcome(decided: OutcomeDecision, report: Report, revision: str) -> Outcome:
    escalation = None
    rule = decided.rule
    if decided.to_tier is not None and rule is not None:
        subject = report.subject
        escalation = Escalation(
            subject.triad,
            subject.role,
            decided.in_force,
            decided.to_tier,
            report.phase or None,
            report.kind,
            rule.name,
            revision,
            decided.why,
        )
    return Outcome(
        decided.effect,
        rule.name if rule else None,
        decided.streak.strikes if decided.streak else 0,
        escalation,
        rule.because if rule else _ANOTHER_TIER.format(decided.in_force),
    )


def _log_effect(decided: OutcomeDecision, report: Report, *, at_top: bool) -> None:
    rule = decided.rule.name if decided.rule else ""
    if decided.effect is EffectKind.ESCALATE:
        why = f": {decided.why}" if decided.why else ""
        _log.info("`%s` escalated from %s to %s (%s)%s", report.subject, decided.in_force, decided.to_tier, rule, why)
    elif decided.effect is EffectKind.HOLD and at_top:
        message = "`%s` failed again and is already at highest tier %s (%s); its caller must handle it"
        _log.warning(message, report.subject, decided.in_force, rule)
    elif decided.effect is EffectKind.HOLD:
        _log.info("`%s` failed again and is held at %s (%s)", report.subject, decided.in_force, rule)
