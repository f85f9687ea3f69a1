"""Warnings about rows that have no effect, hold an agent down, or name an unlisted role.

Their codes are `no-effect`, `held-down` and `unlisted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from resolver.diagnostics import Diagnostic, Level, Place
from resolver.prover.advice import let_it_decide, tiers_in_force
from resolver.prover.behaviour import Effects
from resolver.prover.machine import Machine
from resolver.prover.subjects import SubjectClass, Subjects
from resolver.prover.unlisted_roles import unlisted_roles
from resolver.table import Answer, DecisionTable, Question

Machines = Callable[[SubjectClass], Machine]


class _Problem(NamedTuple):
    """The code of a warning about a row, its message after the name of the row, and its help."""

    code: str
    text: str
    help: str


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
    judged: dict[tuple[int, str], _Problem | None] = {}
    for subject, tier in tiers.escalation_state.items():
        subject_class = subjects.class_of(subject)
        if subject_class is None:
            continue
        key = id(subject_class), tier  # there is one object of each class, and hashing it takes long
        if key not in judged:
            judged[key] = _judge_entry(machines(subject_class), tier)
        place = tiers.places.get(("escalation_state", str(subject))) if judged[key] else None
        if place is not None and (problem := judged[key]) is not None:
            yield _warning(problem.code, f"the entry `{subject}` {problem.text}", place, problem.help)


def _judge_entry(machine: Machine, tier: str) -> _Problem | None:
    """Return the problem of an entry; None if nothing is wrong."""
    rank = machine.ladder.rank
    changed = False
    in_force: list[Answer] = []
    for before, after in machine.changes(None, tier):
        changed = changed or before.rule is not after.rule or before.tier != after.tier
        in_force.append(Answer(after.tier, after.rule))
        if before.tier is not None and after.tier is not None and rank(after.tier) < rank(before.tier):
            where = f"in {before.phase.words}" if before.phase.words else "without a phase"
            tiers = f"{where} it runs on {after.tier}, and without the entry on {before.tier}"
            help = "raise the entry, or take it out with `resolver state lower`"
            return _Problem("held-down", f"holds its agent down: {tiers}", help)
    if changed:
        return None
    return _no_effect("entry", "escalated_tier", in_force, machine.table.tier)


def _overrides(table: DecisionTable, subjects: Subjects) -> Iterator[Diagnostic]:
    tiers, effects = table.policy.model_tiers, Effects(table.tier)
    judged: dict[object, _Problem | None] = {}
    for phase, rows in tiers.phase_overrides.items():
        for role, tier in rows.items():
            place = tiers.places.get(("phase_overrides", phase, role))
            if place is None:
                continue
            key = subjects.key(role), subjects.phase_key(phase), tier
            if key not in judged:
                pairs = [
                    (subjects.request(subject, phase, tier), subjects.request(subject, phase, None))
                    for subject in subjects.classes_of_role(role)
                ]
                judged[key] = _judge_override(table.tier, effects, pairs)
            if (problem := judged[key]) is not None:
                yield _warning(
                    problem.code, f"the override of `{role}` in `{phase}` {problem.text}", place, problem.help
                )


def _judge_override(tier: Question, effects: Effects, pairs: list[tuple[int, int]]) -> _Problem | None:
    """Return the problem of an override; None if some request depends on it.

    Args:
        tier: The question `tier`.
        effects: Its diagram, reduced to effects.
        pairs: The nodes of the diagram for the subjects of the override, each with it and without it.

    """
    if not pairs or any(effects.of(overridden) != effects.of(without) for overridden, without in pairs):
        return None
    in_force = [answer for overridden, _ in pairs for answer in _without_entry(tier, overridden)]
    if any(answer.rule is not None and "phase_override" in answer.rule.facts for answer in in_force):
        in_force = [answer for _, without in pairs for answer in _without_entry(tier, without)]
        text = f"has no effect: without it, the role runs {tiers_in_force(in_force)}, too"
        return _Problem("no-effect", text, "remove it")
    return _no_effect("override", "phase_override", in_force, tier)


def _no_effect(row: str, fact: str, in_force: list[Answer], tier: Question) -> _Problem:
    """Return the problem of a row that is outranked wherever it applies.

    Args:
        row: The kind of the row in words.
        fact: The fact that holds the row.
        in_force: The tiers in force where the row applies, the most usual first.
        tier: The question `tier`.

    """
    rules = list(dict.fromkeys(answer.rule for answer in in_force if answer.rule is not None))
    which = "which decides first" if len(rules) == 1 else "which decide first"
    text = f"has no effect: the role runs {tiers_in_force(in_force)}, {which}"
    return _Problem("no-effect", text, f"{let_it_decide(fact, rules[0], tier)}, or remove the {row}")


def _without_entry(tier: Question, node: int) -> Iterator[Answer]:
    """Yield the answers below `node` for subjects without an entry, that for no extra facts first."""
    below = tier.below(node, "escalated_tier", None)
    yield tier.answer(tier.after({}, node=below))
    for leaf in sorted(tier.diagram.leaves(below), reverse=True):
        yield tier.answer(leaf)


def _warning(code: str, message: str, place: Place, help: str) -> Diagnostic:
    return Diagnostic(code, message, place, help, Level.WARNING)
