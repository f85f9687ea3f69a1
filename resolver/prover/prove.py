"""All properties of a policy, over all classes of facts and all states that its subjects can reach."""

from __future__ import annotations

from dataclasses import dataclass

from resolver.diagnostics import Diagnostic, Level
from resolver.domain import Reference, RulesetName
from resolver.prover.explore import Exploration, stuck
from resolver.prover.extras import Together
from resolver.prover.finding import Found, lines_of
from resolver.prover.limits import limits_of
from resolver.prover.machine import Machine
from resolver.prover.rows import row_problems
from resolver.prover.rules import unneeded_rules
from resolver.prover.subjects import Subjects
from resolver.table import DecisionTable

_ABOUT_EFFECT = frozenset(("dangling", "lowers", "success-effect"))
_ERRORS = frozenset(("gap", "dangling", "lowers", "success-effect"))


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found, and how much was looked at: subjects that differ to the rules, and states that they can reach."""

    diagnostics: tuple[Diagnostic, ...]
    subjects: int
    states: int


NOTHING_PROVEN = Proof((), 0, 0)
"""The proof of a policy that nobody has looked at."""


def prove(table: DecisionTable) -> Proof:
    """Return what does not hold of a policy; errors carry the shortest witness of all."""
    together, limits = Together(table), limits_of(table)
    subjects = Subjects(table)
    machines = {subject: Machine(table, together, subject, limits) for subject in subjects.classes}
    explorations = [Exploration(machine) for machine in machines.values()]
    found = [one for exploration in explorations for one in exploration.found]
    found += [one for machine in machines.values() for one in stuck(machine)]
    shortest: dict[tuple[str, str, str], Found] = {}
    for one in found:
        key = (one.code, one.rule.ruleset, one.rule.name)
        if key not in shortest or one.witness.rank < shortest[key].witness.rank:
            shortest[key] = one
    diagnostics = [_diagnostic(one) for one in shortest.values()]
    if not any(one.level is Level.ERROR for one in diagnostics):
        diagnostics += [problem for question in (table.tier, table.outcome) for problem in unneeded_rules(question)]
        diagnostics += row_problems(table, subjects, machines)
    ordered = tuple(sorted(diagnostics, key=lambda one: one.sort_key))
    return Proof(ordered, len(machines), sum(len(exploration.came) for exploration in explorations))


def _diagnostic(found: Found) -> Diagnostic:
    rule, witness = found.rule, found.witness
    name, target = f"`{rule.name}`", rule.effect.target
    fact = target.fact if isinstance(target, Reference) else ""
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
