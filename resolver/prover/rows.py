"""Warnings about rows that have no effect, hold an agent down, or name an unlisted role.

Their codes are `no-effect`, `held-down` and `unlisted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from resolver.diagnostics import Diagnostic, Level, Place
from resolver.prover.behaviour import Effects
from resolver.prover.machine import Machine
from resolver.prover.subjects import SubjectClass, Subjects
from resolver.prover.unlisted_roles import unlisted_roles
from resolver.table import DecisionTable

Machines = Callable[[SubjectClass], Machine]


def row_problems(table: DecisionTable, subjects: Subjects, machines: Machines) -> Iterator[Diagnostic]:
    """Yield a warning for each row without effect, each entry that holds an agent down, and each unlisted role.

    Args:
        table: The decision table of the policy.
        subjects: The classes of its subjects.
        machines: Returns the state machine of a class.

    Raises:
        TooLargeError: The check takes too long.

    """
    yield from _entries(table, subjects, machines)
    yield from _overrides(table, subjects)
    yield from unlisted_roles(table)


def _entries(table: DecisionTable, subjects: Subjects, machines: Machines) -> Iterator[Diagnostic]:
    tiers = table.policy.model_tiers
    judged: dict[tuple[SubjectClass, str], tuple[str, str, str] | None] = {}
    for subject, tier in tiers.escalation_state.items():
        place = tiers.places.get(("escalation_state", str(subject)))
        subject_class = subjects.class_of(subject)
        if place is None or subject_class is None:
            continue
        key = (subject_class, tier)
        if key not in judged:
            judged[key] = _judge_entry(machines(subject_class), tier)
        if (problem := judged[key]) is not None:
            code, predicate, help = problem
            yield _warning(code, f"the entry `{subject}` {predicate}", place, help)


def _judge_entry(machine: Machine, tier: str) -> tuple[str, str, str] | None:
    """Return the code of a warning, its message after the name of the entry, and its help; None if nothing is wrong."""
    rank = machine.ladder.rank
    changed = False
    for before, after in machine.changes(None, tier):
        changed = changed or before.rule is not after.rule or before.tier != after.tier
        if before.tier is not None and after.tier is not None and rank(after.tier) < rank(before.tier):
            where = f"in {before.phase.words}" if before.phase.words else "without a phase"
            tiers = f"{where} it runs on {after.tier}, and without the entry on {before.tier}"
            help = "raise the entry, or take it out with `resolver state lower`"
            return "held-down", f"holds its agent down: {tiers}", help
    if not changed:
        return "no-effect", "has no effect: no request of its subject depends on an escalation", "take it out"
    return None


def _overrides(table: DecisionTable, subjects: Subjects) -> Iterator[Diagnostic]:
    tiers, effects = table.policy.model_tiers, Effects(table.tier)
    judged: dict[object, bool] = {}
    for phase, rows in tiers.phase_overrides.items():
        for role, tier in rows.items():
            place = tiers.places.get(("phase_overrides", phase, role))
            if place is None:
                continue
            key = subjects.key(role), subjects.phase_key(phase), tier
            if key not in judged:
                classes = subjects.classes_of_role(role)
                pairs = [
                    [effects.of(subjects.request(subject, phase, override)) for override in (tier, None)]
                    for subject in classes
                ]
                judged[key] = bool(classes) and all(overridden == without for overridden, without in pairs)
            if judged[key]:
                message = (
                    f"the override of `{role}` in `{phase}` has no effect: each request gets the same tier without it"
                )
                yield _warning("no-effect", message, place, "remove it")


def _warning(code: str, message: str, place: Place, help: str) -> Diagnostic:
    return Diagnostic(code, message, place, help, Level.WARNING)
