"""All properties of a policy, over all classes of facts and all states that its subjects can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from resolver.compiler import TooLargeError
from resolver.diagnostics import Diagnostic, Level
from resolver.domain import RulesetName
from resolver.prover.behaviour import grouped
from resolver.prover.explore import Exploration, stuck
from resolver.prover.finding import Found, lines_of
from resolver.prover.machine import MOST_STEPS, Machine
from resolver.prover.rows import row_problems
from resolver.prover.rules import unneeded_rules
from resolver.prover.subjects import SubjectClass, Subjects
from resolver.table import DecisionTable
from resolver.table.budget import Budget
from resolver.table.complexity import too_complex
from resolver.table.walk import Walker

_ABOUT_EFFECT = frozenset(("dangling", "lowers", "success-effect"))
_ERRORS = frozenset(("gap", "dangling", "lowers", "success-effect"))


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found, and how much was looked at: groups of subjects that behave alike, and states they can reach."""

    diagnostics: tuple[Diagnostic, ...]
    subjects: int
    states: int


NOTHING_PROVEN = Proof((), 0, 0)
"""The proof of a policy that nobody has looked at."""


def prove(table: DecisionTable) -> Proof:
    """Return what does not hold of a policy; errors carry the shortest witness of all."""
    try:
        return _prove(table)
    except TooLargeError:
        rules = (*table.tier.rules, *table.outcome.rules)
        return Proof(too_complex(rules, table.tier.universe, table.outcome.universe).diagnostics, 0, 0)


def _prove(table: DecisionTable) -> Proof:
    walker = Walker([table.policy.facts], [table.tier, table.outcome])
    subjects = Subjects(table)
    machine_of = cache(partial(Machine, table, walker, Budget(MOST_STEPS)))
    groups = grouped(table, subjects.classes)
    states = 0
    shortest: dict[tuple[str, str, str], Found] = {}
    for group in groups:
        for count, found in _explored(group, machine_of):
            states += count
            for one in found:
                key = (one.code, one.rule.ruleset, one.rule.name)
                if key not in shortest or one.witness.rank < shortest[key].witness.rank:
                    shortest[key] = one
    diagnostics = [_diagnostic(one) for one in shortest.values()]
    if not any(one.level is Level.ERROR for one in diagnostics):
        diagnostics += [problem for question in (table.tier, table.outcome) for problem in unneeded_rules(question)]
        diagnostics += row_problems(table, subjects, machine_of)
    ordered = tuple(sorted(diagnostics, key=lambda one: one.sort_key))
    return Proof(ordered, len(groups), states)


def _explored(
    group: list[SubjectClass], machine_of: Callable[[SubjectClass], Machine]
) -> Iterator[tuple[int, list[Found]]]:
    """Yield for subjects of one group how many states were looked at, and what was found.

    What is wrong with one of them is wrong with all, but perhaps by other rules: then those that are left with other
    nodes of the diagram of those rules are looked at, too.
    """
    looked_at: set[object] = set()
    rulesets: set[str] = set()
    for subject in group:
        nodes = [("tier", phase.tier) for phase in subject.phases] + [
            ("outcome", phase.outcome) for phase in subject.phases
        ]
        which = frozenset(pair for pair in nodes if pair[0] in rulesets)
        if which in looked_at:
            continue
        looked_at.add(which)
        machine = machine_of(subject)
        exploration = Exploration(machine)
        found = [*exploration.found, *stuck(machine)]
        yield len(exploration.came), found
        if not rulesets:
            rulesets = {one.rule.ruleset for one in found}
            looked_at = {frozenset(pair for pair in nodes if pair[0] in rulesets)}


def _diagnostic(found: Found) -> Diagnostic:
    rule, witness = found.rule, found.witness
    name, fact = f"`{rule.name}`", rule.effect.referred_fact or ""
    messages = {
        "gap": f"no rule of `{rule.ruleset}` decides this "
        + ("outcome" if rule.ruleset is RulesetName.OUTCOME else "request"),
        "dangling": f"the rule {name} wins where the fact `{fact}`, to which it refers, is absent",
        "lowers": f"{name} can lower an agent",
        "success-effect": f"{name} wins on a success, where only `reset` and `ignore` are effects",
        "hair-trigger": f"{name} escalates again at the first failure after an escalation",
        "stuck": f"with {name}, a request that fails again and again never reaches the top of the ladder",
    }
    helps = {
        "gap": "add a last rule with a high `pri` that always matches: `{$ex: {role: 1}}`",
        "dangling": f"test in the rule that it is there: `{{$ex: {{{fact}: 1}}}}`",
        "lowers": "escalate to `raised_tier`, which is never below what the policy gives the role in any phase",
        "success-effect": "test `{result: failure}` in the rule",
        "hair-trigger": "count more strikes: `{$gte: {strikes: 3}}`",
        "stuck": "escalate at some number of strikes, or `hold` on purpose",
    }
    level = Level.ERROR if found.code in _ERRORS else Level.WARNING
    place = rule.run_place if found.code in _ABOUT_EFFECT and rule.run_place else rule.place
    return Diagnostic(found.code, messages[found.code], place, helps[found.code], level, lines_of(witness))
