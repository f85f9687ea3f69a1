"""Proof of all properties of a policy, over all classes of facts and all states that its subjects can reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from resolver.compiler import TooLargeError
from resolver.diagnostics import Diagnostic, Level
from resolver.domain import RulesetName
from resolver.frozen import frozen
from resolver.prover.advice import let_it_decide
from resolver.prover.behaviour import grouped
from resolver.prover.explore import Exploration, stuck
from resolver.prover.finding import Found, lines_of
from resolver.prover.machine import MOST_STEPS, Machine
from resolver.prover.related_places import related_places
from resolver.prover.rows import row_problems
from resolver.prover.rules import unneeded_rules
from resolver.prover.subjects import SubjectClass, Subjects
from resolver.table import DecisionTable, Question
from resolver.table.budget import Budget
from resolver.table.complexity import too_complex
from resolver.table.walk import Walker

_ABOUT_EFFECT = frozenset(("dangling", "lowers", "success-effect"))
_ERRORS = frozenset(("gap", "dangling", "lowers", "success-effect"))


@frozen
class Proof:
    """The diagnostics of a policy, and how much was checked: groups of subjects that behave alike, and their states."""

    diagnostics: tuple[Diagnostic, ...]
    subjects: int
    states: int


NOTHING_PROVEN = Proof((), 0, 0)
"""The proof of a policy that the prover has not checked."""


def prove(table: DecisionTable) -> Proof:
    """Check every property of a policy, and return a diagnostic for each property that does not hold.

    An error carries the shortest witness that there is for its code and rule. If the policy takes too much work, the
    proof has the error `too-complex` instead. If there are errors, the prover does not look for unneeded rules and
    rows.

    Args:
        table: The decision table of the policy.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> prove(compile_table(load_policy(shipped_policy()))).diagnostics
    ()
    """
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
        for count, findings in _explored(group, machine_of):
            states += count
            for finding in findings:
                key = (finding.code, finding.rule.ruleset, finding.rule.name)
                if key not in shortest or finding.witness.rank < shortest[key].witness.rank:
                    shortest[key] = finding
    diagnostics = [_diagnostic(finding, table) for finding in shortest.values()]
    if not any(diagnostic.level is Level.ERROR for diagnostic in diagnostics):
        diagnostics += [problem for question in (table.tier, table.outcome) for problem in unneeded_rules(question)]
        diagnostics += row_problems(table, subjects, machine_of)
    ordered = tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))
    return Proof(ordered, len(groups), states)


def _explored(
    group: list[SubjectClass], machine_of: Callable[[SubjectClass], Machine]
) -> Iterator[tuple[int, list[Found]]]:
    """Yield for subjects of one group the number of states that they can reach, and the findings.

    A finding about one subject of the group holds for all of them, but other rules may be to blame. So if the first
    subject has findings, the subjects with other nodes in the diagrams of the rulesets concerned are explored, too.
    """
    explored: set[object] = set()
    rulesets: set[str] = set()
    for subject in group:
        nodes = [("tier", phase.tier) for phase in subject.phases] + [
            ("outcome", phase.outcome) for phase in subject.phases
        ]
        key = frozenset(pair for pair in nodes if pair[0] in rulesets)
        if key in explored:
            continue
        explored.add(key)
        machine = machine_of(subject)
        exploration = Exploration(machine)
        findings = [*exploration.found, *stuck(machine)]
        yield len(exploration.came), findings
        if not rulesets:
            rulesets = {finding.rule.ruleset for finding in findings}
            explored = {frozenset(pair for pair in nodes if pair[0] in rulesets)}


def _diagnostic(found: Found, table: DecisionTable) -> Diagnostic:
    """Return the diagnostic that reports a finding."""
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
        "dangling": f"test in the rule that the fact is present: `{{$ex: {{{fact}: 1}}}}`",
        "lowers": "escalate to `raised_tier`, which is never below what the policy gives the role in any phase",
        "success-effect": "test `{result: failure}` in the rule",
        "hair-trigger": "count more strikes: `{$gte: {strikes: 3}}`",
        "stuck": "escalate at some number of strikes, or `hold` on purpose",
    }
    message, help = _futile(found, table.tier) if found.code == "futile" else (messages[found.code], helps[found.code])
    level = Level.ERROR if found.code in _ERRORS else Level.WARNING
    place = rule.run_place if found.code in _ABOUT_EFFECT and rule.run_place else rule.place
    related = related_places(witness, table.policy.model_tiers)
    return Diagnostic(found.code, message, place, help, level, lines_of(witness), related)


def _futile(found: Found, tier: Question) -> tuple[str, str]:
    """Return the message and the help about an escalation that changes no request."""
    rule, last = found.rule, found.witness.steps[-1]
    help = let_it_decide("escalated_tier", rule, tier)
    if rule is last.rule:
        return f"`{rule.name}` escalates, but no rule of `tier` reads `escalated_tier`: no request changes", help
    name = last.rule.name if last.rule else ""
    return (
        f"an escalation by `{name}` changes no request: `{rule.name}` decides, and still gives `{last.request.tier}`",
        f"{help}; or let a rule of `outcome` `hold` these failures, if they should not escalate",
    )
