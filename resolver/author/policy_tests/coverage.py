"""Coverage of a policy by its tests: the rules that won, and the classes of the decision table that were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from resolver.domain import Rule, RulesetName
from resolver.frozen import frozen
from resolver.prover.machine import Machine
from resolver.prover.subjects import PhaseClass, SubjectClass, Subjects
from resolver.table import DecisionTable
from resolver.table.budget import Budget
from resolver.table.complexity import bounded
from resolver.table.walk import Walker

if TYPE_CHECKING:
    from resolver.author.policy_tests.run_cases import Result

_MOST_COUNTED = 2_000
"""Subjects with rows of their own for which `resolver check` counts the classes."""


@frozen
class TableClass:
    """Requests that no rule can tell apart: their roles and triads, their phase, and the rule that decides them."""

    subject: SubjectClass
    phase: PhaseClass
    rule: Rule

    @property
    def words(self) -> tuple[str, str, str]:
        """Return roles, phase and rule as texts."""
        whole = len(self.subject.phases) == 1
        phase = "any phase" if whole and not self.phase.override else self.phase.words or "no phase"
        return self.subject.who.partition(" (")[0], phase, self.rule.name


@frozen
class Coverage:
    """Rules that won in a case that expects something of them, and classes of the table that a case asked for.

    Args:
        won: The rules that won.
        never: The rules that can win and did not.
        unreachable: The rules of `tier` that win for no request, so that no case can cover them: they do not count.
        covered: The classes that a case asked for.
        missed: The other classes.

    """

    won: tuple[Rule, ...]
    never: tuple[Rule, ...]
    unreachable: tuple[Rule, ...]
    covered: tuple[TableClass, ...]
    missed: tuple[TableClass, ...]

    @property
    def percent(self) -> float:
        """Return the share of the covered rules, or that of the covered classes if it is lower."""
        rules, classes = (len(self.won), len(self.never)), (len(self.covered), len(self.missed))
        return min(100 * got / (got + left) if got + left else 100.0 for got, left in (rules, classes))


def coverage(table: DecisionTable, results: Iterable[Result]) -> Coverage:
    """Return what the cases of tests cover; uncovered rules and classes are in the order of the policy.

    Args:
        table: The decision table of the policy.
        results: The results of its cases, as `run_case` returns them.

    """
    subjects = Subjects(table)
    seen_rules: set[tuple[str, str]] = set()
    seen_classes: set[tuple[SubjectClass, PhaseClass, str]] = set()
    for result in results:
        subject = subjects.class_of(result.case.subject)
        for checked in result.checked:
            seen_rules.add((checked.rule.ruleset, checked.rule.name))
            if checked.rule.ruleset is not RulesetName.TIER or subject is None:
                continue
            phase = subjects.phase_of(result.case.subject, checked.phase)
            if phase is not None:
                seen_classes.add((subject, phase, checked.rule.name))
    classes = _classes(table, subjects)
    deciding = {table_class.rule.name for table_class in classes}
    won: list[Rule] = []
    never: list[Rule] = []
    unreachable: list[Rule] = []
    for rule in (rule for ruleset in table.policy.rules.values() for rule in ruleset):
        can_win = rule.ruleset is not RulesetName.TIER or rule.name in deciding
        (won if (rule.ruleset, rule.name) in seen_rules else never if can_win else unreachable).append(rule)
    covered: list[TableClass] = []
    missed: list[TableClass] = []
    for each in classes:
        (covered if (each.subject, each.phase, each.rule.name) in seen_classes else missed).append(each)
    return Coverage(tuple(won), tuple(never), tuple(unreachable), tuple(covered), tuple(missed))


def count_of_classes(table: DecisionTable) -> int | None:
    """Return the number of classes that the cases of tests can cover; None if counting them would take too long.

    Raises:
        PolicyError: The policy divides the facts into too many cases.
    """
    subjects = Subjects(table)
    return len(_classes(table, subjects)) if len(subjects.classes) <= _MOST_COUNTED else None


def _classes(table: DecisionTable, subjects: Subjects) -> list[TableClass]:
    walker = Walker([table.policy.facts], [table.tier, table.outcome])
    machines = {subject: Machine(table, walker, Budget(0), subject) for subject in subjects.classes}
    with bounded(table.tier.rules, table.tier.universe):
        return _classes_of(machines)


def _classes_of(machines: dict[SubjectClass, Machine]) -> list[TableClass]:
    classes: dict[TableClass, None] = {}
    for subject, machine in machines.items():
        by_phase: dict[PhaseClass, dict[str, TableClass]] = {phase: {} for phase in subject.phases}
        for entry in (None, *machine.ladder.tiers):
            for request in machine.requests(entry):
                if request.rule is not None:
                    table_class = TableClass(subject, request.phase, request.rule)
                    by_phase[request.phase].setdefault(request.rule.name, table_class)
        classes.update(
            dict.fromkeys(table_class for of_phase in by_phase.values() for table_class in of_phase.values())
        )
    return list(classes)
