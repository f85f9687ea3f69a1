"""Causes of changes: the rows that decide a changed request, and the places to look at in the new policy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from resolver.author.diff.difference import (
    Cause,
    EntryChange,
    Name,
    OutcomeChange,
    RequestChange,
    RequestGroup,
)
from resolver.author.diff.removed_parts import RemovedParts
from resolver.diagnostics import Place
from resolver.domain import Facts, Rule, Subject, unused_name
from resolver.table import DecisionTable, PolicyRow, deciding_facts, row_at, row_path

_ROWS = ("phase_override", "role_default")
_EVERY_ROW = (*_ROWS, "escalated_tier")


class Causes:
    """Finds the causes of the changes from one policy to another.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.
        sides: The two tables that were compared, if they answer only requests with a certain value of a fact; None
            means the tables of the two policies.

    """

    def __init__(
        self, old: DecisionTable, new: DecisionTable, sides: tuple[DecisionTable, DecisionTable] | None = None
    ) -> None:
        self.tables = (old, new)
        self.sides = sides or self.tables
        self._removed = RemovedParts(old.policy, new.policy)
        self._rules = [{(rule.ruleset, rule.name): rule for rule in _rules(table)} for table in self.tables]
        taken = {name for table in self.tables for name in _names(table)}
        self._other = unused_name("any other", taken)

    def of_request(self, change: RequestChange) -> Cause:
        """Return the cause of a change of requests: the rows that decide them."""
        old, new = (self._deciding(table, change.who) for table in self.sides)
        return Cause(old, new, self._places(change.old.rule, change.new.rule, new, self._changed(1, change.who), old))

    def of_outcome(self, change: OutcomeChange) -> Cause:
        """Return the cause of a change of outcomes: a rule that judges them, else rows, else a rule of the requests."""
        old, new = change.old.rule, change.new.rule
        example = change.who if change.witness is None else change.witness[0]
        if self._is_changed(old) or self._is_changed(new):
            return Cause((), (), self._places(old, new))
        if self.sides is not self.tables or not any(
            self._changed(index, example, every_phase=True) for index in (0, 1)
        ):
            for who in (example, replace(example, entries=(None,))):
                was, now = (table.tier.decide(self._classes(table, who)).rule for table in self.sides)
                if self._is_changed(was) or self._is_changed(now):
                    return Cause((), (), self._places(was, now))
            return Cause((), (), self._places(old, new))
        before, after = (self._changed(index, change.who, every_phase=True) for index in (0, 1))
        return Cause(before, after, self._places(old, new, after, was=before))

    def of_entry(self, change: EntryChange) -> Cause:
        """Return the cause of a change of escalations in force: their entries, or the rows that outrank them."""
        roles = tuple(dict.fromkeys(subject.role for subject in change.subjects))
        changed = tuple(self._different(1, roles, (change.phase,)))
        rows = []
        for table, entry in zip(self.tables, (change.old_entry, change.new_entry), strict=True):
            subject, phase = change.subjects[0], self._name(change.phase)
            facts = table.facts_of(subject, phase, entry=entry)
            names = deciding_facts(table.tier, facts, _EVERY_ROW)
            rows.append(tuple(_present(table, names, change.subjects, [phase])))
        return Cause(rows[0], rows[1], self._places(change.old.rule, change.new.rule, rows[1], changed, rows[0]))

    def _places(
        self,
        old: Rule | None,
        new: Rule | None,
        rows: Sequence[PolicyRow] = (),
        changed: Sequence[PolicyRow] = (),
        was: Sequence[PolicyRow] = (),
    ) -> tuple[Place, ...]:
        """Return where to look in the new policy: at what differs from the old policy, else at what decides.

        Args:
            old: The rule that decided.
            new: The rule that decides.
            rows: The rows that decide.
            changed: Rows of the same requests that differ.
            was: The rows that decided.

        """
        if differing := [row.place for row in rows if self._differs(1, row)]:
            return tuple(differing)
        if new is not None and self._is_changed(new):
            return (self._place(new),)
        if changed:
            return tuple(row.place for row in changed)
        if removed := [place for row in was if (place := self._removed.row(row.path)) is not None]:
            return tuple(dict.fromkeys(removed))
        if old is not None and (beside := self._removed.rule(old)) is not None:
            return (beside,)
        now = self._rules[1].get((old.ruleset, old.name)) if old is not None else None
        if now is not None and self._is_changed(now):
            return (self._place(now),)
        return tuple(row.place for row in rows) or (() if new is None else (new.place,))

    def _is_changed(self, rule: Rule | None) -> bool:
        """Return whether the policies differ in the rule of this name."""
        if rule is None:
            return False
        old, new = (rules.get((rule.ruleset, rule.name)) for rules in self._rules)
        return old is None or new is None or _content(old) != _content(new)

    def _place(self, rule: Rule) -> Place:
        """Return the place of a changed rule of the new policy: of its effect, if only that is another."""
        old = self._rules[0].get((rule.ruleset, rule.name))
        is_effect = old is not None and _content(old)[:-1] == _content(rule)[:-1]
        return rule.run_place if is_effect and rule.run_place is not None else rule.place

    def _differs(self, index: int, row: PolicyRow) -> bool:
        other = row_at(self.tables[1 - index].policy.model_tiers, row.path)
        return other is None or other.tier != row.tier

    def _changed(self, index: int, who: RequestGroup, *, every_phase: bool = False) -> tuple[PolicyRow, ...]:
        """Return the rows of these requests in one policy whose tier differs from that in the other policy."""
        return tuple(self._different(index, who.roles, None if every_phase else who.phases))

    def _different(self, index: int, roles: Sequence[Name], phases: Sequence[Name] | None) -> Iterator[PolicyRow]:
        rows = _of_roles(self.tables[index], _ROWS, roles, phases)
        return (row for row in rows if self._differs(index, row))

    def _deciding(self, table: DecisionTable, who: RequestGroup) -> tuple[PolicyRow, ...]:
        """Return the rows that decide these requests under a policy."""
        deciding = deciding_facts(table.tier, self._facts(table, who), _ROWS)
        return tuple(_of_roles(table, deciding, who.roles, who.phases))

    def _classes(self, table: DecisionTable, who: RequestGroup) -> tuple[int, ...]:
        return table.tier.universe.classes_of(self._facts(table, who))

    def _facts(self, table: DecisionTable, who: RequestGroup) -> Facts:
        """Return the facts of the first of these requests."""
        triad, role, phase = (self._name(names[0]) for names in (who.triads, who.roles, who.phases))
        return table.facts_of(Subject(triad or "", role or ""), phase, dict(who.facts), entry=who.entries[0])

    def _name(self, name: Name) -> str | None:
        return name if isinstance(name, str) or name is None else self._other


def _of_roles(
    table: DecisionTable, facts: Collection[str], roles: Sequence[Name], phases: Sequence[Name] | None
) -> Iterator[PolicyRow]:
    """Yield the rows of some roles, in some phases (None: in every phase), from which facts come."""
    wanted = None if phases is None else {*phases}
    for role in roles:
        if isinstance(role, str):
            overridden = [phase for phase in table.index.overrides.get(role, ()) if wanted is None or phase in wanted]
            yield from _present(table, facts, [Subject("", role)], overridden or [None])


def _present(
    table: DecisionTable, facts: Collection[str], subjects: Sequence[Subject], phases: Sequence[str | None]
) -> Iterator[PolicyRow]:
    paths = (row_path(fact, subject, phase) for fact in facts for subject in subjects for phase in phases)
    for path in dict.fromkeys(paths):
        row = None if path is None else row_at(table.policy.model_tiers, path)
        if row is not None:
            yield row


def _rules(table: DecisionTable) -> Iterator[Rule]:
    for rules in table.policy.rules.values():
        yield from rules


def _content(rule: Rule) -> tuple[object, ...]:
    return rule.pri, rule.condition, rule.effect


def _names(table: DecisionTable) -> Iterator[str]:
    tiers = table.policy.model_tiers
    yield from (*table.rows, *tiers.phase_overrides)
    yield from (subject.triad for subject in tiers.escalation_state)
    for question in (table.tier, table.outcome):
        for fact in ("triad", "role", "phase"):
            yield from question.named(fact)
