"""Whom two policies can tell apart between them: roles, triads, phases, kinds and strikes, alike ones together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from resolver.author.difference import Name
from resolver.table import ANY_OTHER, DecisionTable, Question

Pair = tuple[str | None, str | None]
"""A tier under the old policy and under the new one."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles with the same rows under both policies, none of which a rule names unless it stands alone.

    `overrides` maps a phase to its overrides under both; phases without any are left out.
    """

    names: tuple[Name, ...]
    defaults: Pair
    overrides: tuple[tuple[str, Pair], ...]


class Names:
    """All names that either of two policies tells apart."""

    def __init__(self, old: DecisionTable, new: DecisionTable) -> None:
        self.tables = (old, new)
        self.questions = (old.tier, new.tier, old.outcome, new.outcome)
        self.triads: list[Name] = [*self._named("triad"), ANY_OTHER]
        self.rule_roles = set(self._named("role"))
        self.rule_phases = self._named("phase")
        self.kinds = _alike((old.outcome, new.outcome), "kind", [None, *self._named("kind"), ANY_OTHER])
        self.strikes = strikes_of(old.outcome, new.outcome)
        self.roles = self._roles()
        overrides = (phase for table in self.tables for phase in table.policy.model_tiers.phase_overrides)
        self.all_phases: list[Name] = [None, *dict.fromkeys((*overrides, *self.rule_phases)), ANY_OTHER]
        self.fresh = {fact: self.unnamed(fact) for fact in ("triad", "role", "phase", "kind")}

    def _roles(self) -> list[Roles]:
        """Return all roles, in the order of the files, those that are not listed last."""
        found: dict[object, list[Name]] = {}
        listed = dict.fromkeys(role for table in self.tables for role in (*table.index.listed_roles(), *table.rows))
        named: list[Name] = [*listed, ANY_OTHER]
        for role in named:
            found.setdefault(self.key_of(role), []).append(role)
        return [
            Roles(tuple(names), self._defaults(names[0]), tuple(sorted(self._overrides(names[0]).items())))
            for names in found.values()
        ]

    def triad(self, triad: str) -> Name:
        """Return the triad, or any other if no rule names it."""
        return triad if triad in self.triads else ANY_OTHER

    def phases(self, roles: Roles) -> list[Name]:
        """Return the phases that matter to these roles: none, those that rules or their overrides name, any other."""
        return [None, *dict.fromkeys((*(phase for phase, _ in roles.overrides), *self.rule_phases)), ANY_OTHER]

    def concrete(self, fact: str, name: Name) -> str | None:
        """Return a name for what an event has: one that nobody names for all others."""
        return self.fresh[fact] if not isinstance(name, str) and name is not None else name

    def unnamed(self, fact: str) -> str:
        """Return a name that neither policy has for a triad, role, phase or kind."""
        taken = {*self._named(fact), *self._rows(fact)}
        name = f"any other {fact}"
        while name in taken:
            name += "_"
        return name

    def _named(self, fact: str) -> list[str]:
        questions = self.questions[2:] if fact == "kind" else self.questions
        return list(dict.fromkeys(name for question in questions for name in question.named(fact)))

    def _rows(self, fact: str) -> Iterable[str]:
        for table in self.tables:
            tiers = table.policy.model_tiers
            if fact == "role":
                yield from table.rows
            elif fact == "phase":
                yield from tiers.phase_overrides
            elif fact == "triad":
                yield from (subject.triad for subject in tiers.escalation_state)

    def key_of(self, role: Name) -> object:
        """Return what is the same for all roles of one `Roles`."""
        named = role if isinstance(role, str) and role in self.rule_roles else None
        return named, self._defaults(role), frozenset(self._overrides(role).items())

    def _defaults(self, role: Name) -> Pair:
        old, new = (table.policy.model_tiers.role_defaults for table in self.tables)
        return (old.get(role), new.get(role)) if isinstance(role, str) else (None, None)

    def _overrides(self, role: Name) -> dict[str, Pair]:
        if not isinstance(role, str):
            return {}
        old, new = (table.index.overrides.get(role, {}) for table in self.tables)
        return {phase: (old.get(phase), new.get(phase)) for phase in (*old, *new)}


def signatures(questions: Iterable[Question], fact: str, value: Name | int) -> tuple[object, ...]:
    """Return what the diagrams of these questions make of a value: equal ones are decided alike."""
    found: list[object] = []
    for question in questions:
        variable = question.universe.variables[question.level(fact)]
        other = not isinstance(value, str | int) and value is not None
        # `other` has looked at what mypy does not see: a value here is a text or a number
        chosen = variable.other if other else variable.class_of({} if value is None else {fact: value})  # type: ignore[dict-item]
        found.append(question.signature(fact, chosen))
    return tuple(found)


def _alike(questions: tuple[Question, ...], fact: str, names: list[Name]) -> list[tuple[Name, ...]]:
    groups: dict[object, list[Name]] = {}
    for name in names:
        groups.setdefault(signatures(questions, fact, name), []).append(name)
    return [tuple(group) for group in groups.values()]


def strikes_of(*questions: Question) -> list[int]:
    """Return numbers of failures in a row from 1 on: those that rules tell apart; the last stands for all above."""
    return sorted({1, 2, *_literals(questions)})


def _literals(questions: tuple[Question, ...]) -> Iterator[int]:
    for question in questions:
        variable = question.universe.variables[question.level("strikes")]
        for facts in variable.classes:
            yield from (value for value in facts.values() if isinstance(value, int))
