"""Rows that do nothing, or hold an agent down: `held-down`, `no-effect`, `unlisted`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from resolver.diagnostics import Diagnostic, Level, Place
from resolver.domain import Equal, Subject
from resolver.domain.conditions import atoms
from resolver.loader.problems import Problems
from resolver.prover.behaviour import Effects
from resolver.prover.machine import Machine
from resolver.prover.subjects import SubjectClass, Subjects
from resolver.table import DecisionTable

Machines = Callable[[SubjectClass], Machine]


def row_problems(table: DecisionTable, subjects: Subjects, machines: Machines) -> Iterator[Diagnostic]:
    """Yield a warning for each entry, override and rule whose role or effect is odd."""
    yield from _entries(table, subjects, machines)
    yield from _overrides(table, subjects)
    yield from _unlisted(table)


def _entries(table: DecisionTable, subjects: Subjects, machines: Machines) -> Iterator[Diagnostic]:
    tiers = table.policy.model_tiers
    judged: dict[tuple[SubjectClass, str], tuple[str, str, str] | None] = {}
    for subject, tier in tiers.escalation_state.items():
        place = tiers.places.get(("escalation_state", str(subject)))
        of = subjects.class_of(subject)
        if place is None or of is None:
            continue
        key = (of, tier)
        if key not in judged:
            judged[key] = _judge_entry(machines(of), tier)
        if (found := judged[key]) is not None:
            code, said, help = found
            yield _warning(code, f"the entry `{subject}` {said}", place, help)


def _judge_entry(machine: Machine, tier: str) -> tuple[str, str, str] | None:
    """Return code, what to say of the entry, and help; None if there is nothing to say."""
    rank = machine.ladder.rank
    changed = False
    for before, after in machine.changes(None, tier):
        changed = changed or before.rule is not after.rule or before.tier != after.tier
        if before.tier is not None and after.tier is not None and rank(after.tier) < rank(before.tier):
            where = before.phase.words or "no phase"
            said = f"holds its agent down: in {where} it runs on {after.tier}, and without the entry on {before.tier}"
            return "held-down", said, "raise the entry, or take it out with `resolver state lower`"
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
                of = subjects.classes_of_role(role)
                ways = [[effects.of(subjects.request(one, phase, override)) for override in (tier, None)] for one in of]
                judged[key] = bool(of) and all(overridden == without for overridden, without in ways)
            if judged[key]:
                message = f"the override of `{role}` in `{phase}` has no effect: without it, it runs on {tier} as well"
                yield _warning("no-effect", message, place, "remove it")


def _unlisted(table: DecisionTable) -> Iterator[Diagnostic]:
    """Yield one warning for each role without a default, at the first place that names it."""
    tiers, problems = table.policy.model_tiers, Problems()
    named: dict[str, dict[Place, str]] = {}
    for row, place in tiers.places.items():
        if row[0] == "phase_overrides":
            named.setdefault(row[-1], {})[place] = "this override is for"
        elif row[0] == "escalation_state" and (subject := Subject.parse(row[-1])) is not None:
            named.setdefault(subject.role, {})[place] = "this entry is for"
    for rules in table.policy.rules.values():
        for rule in rules:
            for atom in atoms(rule.condition):
                if isinstance(atom, Equal) and atom.fact == "role":
                    for role in atom.values:
                        named.setdefault(str(role), {})[rule.place] = f"`{rule.name}` names"
    for role, places in named.items():
        if role not in tiers.role_defaults:
            place = min(places, key=lambda place: place.sort_key)
            more = f" (as do {len(places) - 1:,} more places)" if len(places) > 1 else ""
            help = problems.guess(role, tiers.role_defaults) or "give it a default in `role_defaults`"
            yield _warning("unlisted", f"{places[place]} the role `{role}`, which has no default{more}", place, help)


def _warning(code: str, message: str, place: Place, help: str) -> Diagnostic:
    return Diagnostic(code, message, place, help, Level.WARNING)
