"""Whom a policy can tell apart: all triads and roles, as few classes, with the first subject of each."""

from __future__ import annotations

from dataclasses import dataclass

from resolver.domain import Subject
from resolver.table import DecisionTable

_UNLISTED = "any other"


@dataclass(frozen=True, slots=True)
class PhaseClass:
    """Phases that look alike to every rule: the first of them (None: no phase), and its override."""

    name: str | None
    override: str | None
    listed: bool = True

    @property
    def words(self) -> str:
        """Return the phase for people; empty for no phase."""
        if self.name is None:
            return ""
        return self.name if self.listed else "any other phase"


@dataclass(frozen=True, slots=True)
class SubjectClass:
    """Subjects that look alike to every rule: the first of them, its default, and its phases, no phase first.

    A triad or role that is not listed has a name that is in no list, for people it is `any`.
    """

    subject: Subject
    default: str | None
    phases: tuple[PhaseClass, ...]
    any_triad: bool
    any_role: bool

    @property
    def who(self) -> str:
        """Return the subject in words, with the rows that decide about it."""
        triad = "any triad" if self.any_triad else f"triad `{self.subject.triad}`"
        role = "any role that is not listed" if self.any_role else f"role `{self.subject.role}`"
        rows = [f"default {self.default}"] if self.default else []
        rows += [f"{phase.name} override {phase.override}" for phase in self.phases if phase.override]
        return f"{triad}, {role}" + (f" ({', '.join(rows)})" if rows else "")


class Subjects:
    """All classes of subjects of a policy, roles in the order of the files, unlisted ones last, and who is in which."""

    def __init__(self, table: DecisionTable) -> None:
        self._tiers = table.policy.model_tiers
        self._overrides = table.index.overrides
        named = {fact: _named(table, fact) for fact in ("triad", "role", "phase")}
        self._rule_triads, self._rule_roles, self._rule_phases = (
            set(named[fact]) for fact in ("triad", "role", "phase")
        )
        listed = dict.fromkeys((*self._tiers.role_defaults, *self._overrides, *named["role"]))
        self._triads = [*((triad, False) for triad in named["triad"]), (_fresh(set(named["triad"])), True)]
        self._phases = list(dict.fromkeys((*self._tiers.phase_overrides, *named["phase"])))
        self._other_phase = _fresh(set(self._phases))
        self._known: dict[tuple[object, str | None], SubjectClass] = {}
        for role in (role for role in listed if ":" not in role):
            self._add(role, any_role=False)
        self._add(_fresh(set(listed)), any_role=True)

    @property
    def classes(self) -> tuple[SubjectClass, ...]:
        """Return every class once."""
        return tuple(self._known.values())

    def class_of(self, subject: Subject) -> SubjectClass | None:
        """Return the class that `subject` is in."""
        return self._known.get(
            (self._of_role(subject.role), subject.triad if subject.triad in self._rule_triads else None)
        )

    def class_of_role(self, role: str) -> list[SubjectClass]:
        """Return the classes that subjects with `role` are in, one for each triad that rules tell apart."""
        of_role = self._of_role(role)
        return [found for (key, _), found in self._known.items() if key == of_role]

    def phase_key(self, phase: str) -> str:
        """Return what stands for all phases that look like `phase` to every rule."""
        return phase if phase in self._rule_phases else ""

    def _of_role(self, role: str) -> object:
        overrides = self._overrides.get(role, {})
        phases = {(phase if phase in self._rule_phases else None, overrides.get(phase)) for phase in overrides}
        phases |= {(phase, overrides.get(phase)) for phase in self._rule_phases}
        return role if role in self._rule_roles else None, self._tiers.role_defaults.get(role), frozenset(phases)

    def _add(self, role: str, *, any_role: bool) -> None:
        of_role = self._of_role(role)
        if (of_role, None) in self._known:
            return
        overrides = self._overrides.get(role, {})
        found: dict[object, PhaseClass] = {}
        for phase in self._phases:
            override = overrides.get(phase)
            key = (phase if phase in self._rule_phases else None, override)
            found.setdefault(key, PhaseClass(phase, override))
        found.setdefault((None, None), PhaseClass(self._other_phase, None, listed=False))
        phases = (PhaseClass(None, None), *found.values())
        default = self._tiers.role_defaults.get(role)
        for triad, any_triad in self._triads:
            subject = SubjectClass(Subject(triad, role), default, phases, any_triad, any_role)
            self._known[of_role, None if any_triad else triad] = subject


def _named(table: DecisionTable, fact: str) -> list[str]:
    return list(dict.fromkeys(name for question in (table.tier, table.outcome) for name in question.named(fact)))


def _fresh(taken: set[str]) -> str:
    name = _UNLISTED
    while name in taken:
        name += "_"
    return name
