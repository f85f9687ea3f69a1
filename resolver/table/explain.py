"""Explanations of decisions: why the winning rule won and why every other rule did not, read off the truth tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.diagnostics import Place, ResolverError, did_you_mean
from resolver.domain import (
    Explanation,
    Facts,
    Lost,
    RequestFact,
    Rule,
    RuleReport,
    Subject,
    Unmatched,
    Won,
    vocabulary,
)
from resolver.loader.listed_names import LISTS, listed_names
from resolver.table.diagram import NO
from resolver.table.policy_rows import row_path
from resolver.table.question import Question
from resolver.table.table import DecisionTable


def explain(table: DecisionTable, subject: Subject, phase: str | None, extra: Facts) -> Explanation:
    """Return the decision of a request, and for every rule whether it won, lost or did not match.

    Args:
        table: The decision table that answers.
        subject: The triad and the role of the request.
        phase: The phase of the request; None or "" if it has none.
        extra: The extra facts of the request, as `DecisionTable.check_extra` returns them.

    Raises:
        ResolverError: No rule decides the request.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> explanation = explain(table, Subject("layout", "worker_a"), "execution", {})
    >>> explanation.decision.tier, explanation.decision.rule
    ('fast', 'phase_override')
    >>> explanation.rules[0].rule.name, explanation.rules[0].outcome
    ('code_execution', Unmatched(blockers=('role',)))
    """
    facts = table.facts_of(subject, phase, extra)
    question = table.tier
    classes = question.universe.classes_of(facts)
    answer = question.decide(classes)
    decision = table.index.decision(answer)
    if decision is None or answer.rule is None:
        raise ResolverError(undecided(subject, phase))
    reports = tuple(_report(question, index, rule, answer.rule, classes) for index, rule in enumerate(question.rules))
    names = vocabulary("tier", table.policy.model_tiers.ladder, table.policy.facts)
    values = tuple(RequestFact(name, facts.get(name), _place(table, subject, phase, name)) for name in names)
    return Explanation(subject, phase or None, decision, values, reports, _unlisted(table, subject, phase))


def undecided(subject: Subject, phase: str | None) -> str:
    """Return the error message for a request that no rule decides.

    Args:
        subject: The triad and the role of the request.
        phase: The phase of the request; None or "" if it has none.

    """
    where = f" in phase `{phase}`" if phase else ""
    return f"no rule of `tier` decides for triad `{subject.triad}`, role `{subject.role}`{where}"


def blockers(question: Question, rule: int, classes: Sequence[int]) -> tuple[str, ...]:
    """Return the smallest set of facts that keeps a rule from matching: with other values of them it would match.

    Args:
        question: The rules and their truth tables.
        rule: The index of the rule in `question.rules`.
        classes: The class of each variable in the event that the rule does not match.

    Returns:
        The names of the facts, or nothing if the rule can never match.

    """
    levels = _Nearest(question, classes).changes(question.truth[rule], 0, frozenset())
    return tuple(fact for level in levels or () for fact in question.universe.variables[level].facts)


class _Nearest:
    """Finds the possible event that leads to `YES` and differs in the fewest variables from the event in `classes`."""

    def __init__(self, question: Question, classes: Sequence[int]) -> None:
        self.question = question
        self.classes = classes
        self.known: dict[tuple[int, int, frozenset[int]], tuple[int, ...] | None] = {}

    def changes(self, node: int, level: int, active: frozenset[int]) -> tuple[int, ...] | None:
        """Return the levels, from `level` on, at which the nearest event below `node` differs. None: there is no event.

        `active` holds the indices of the implications that limit the variables from `level` on.
        """
        universe = self.question.universe
        if node == NO or level == len(universe.variables):
            return None if node == NO else ()
        if (node, level, active) not in self.known:
            present = self.classes[level]
            ways = []
            for chosen, child in self._ways(node, level, universe.allowed(level, active)):
                below = self.changes(child, level + 1, universe.activated(level, chosen, active))
                if below is not None:
                    ways.append(below if chosen == present else (level, *below))
            self.known[node, level, active] = min(ways, key=lambda way: (len(way), way), default=None)
        return self.known[node, level, active]

    def _ways(self, node: int, level: int, allowed: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield pairs of class and child: the present class, and one class for each further way down from `node`."""
        diagram, universe, present = self.question.diagram, self.question.universe, self.classes[level]
        if node < 0 or diagram.level[node] != level:
            candidates = [present] if present in allowed else [*universe.deciding(level, allowed[-1]), allowed[-1]]
            branches, otherwise = {}, node
        else:
            branches, otherwise = diagram.branches[node], diagram.otherwise[node]
            candidates = [present, *branches, *universe.deciding(level, allowed[-1]), allowed[-1]]
        for chosen in dict.fromkeys(candidates):
            if chosen in allowed:
                yield chosen, branches.get(chosen, otherwise)


def _report(question: Question, index: int, rule: Rule, winner: Rule, classes: Sequence[int]) -> RuleReport:
    if rule is winner:
        return RuleReport(rule, Won())
    if question.diagram.walk(question.truth[index], classes) != NO:
        return RuleReport(rule, Lost(winner))
    return RuleReport(rule, Unmatched(blockers(question, index, classes)))


def _place(table: DecisionTable, subject: Subject, phase: str | None, name: str) -> Place | None:
    path = row_path(name, subject, phase)
    return table.policy.model_tiers.places.get(path) if path else None


def _unlisted(table: DecisionTable, subject: Subject, phase: str | None) -> tuple[str, ...]:
    """Return a sentence for each name of the request that is in no list, and for a triad outside of `triads`."""
    tiers, names = table.policy.model_tiers, listed_names(table.policy)
    names_of_request = {"role": subject.role, "phase": phase, "triad": subject.triad}
    overridden = {role for rows in tiers.phase_overrides.values() for role in rows}
    sentences = []
    for what, name in names_of_request.items():
        listed = {*names.names[what], *(overridden if what == "role" else ())}
        may_be_unlisted = what == "triad" and what not in names.closed
        if name and name not in listed and not may_be_unlisted:
            problem = f"is not in `{LISTS[what]}`" if what in names.closed else "is in no list of the policy"
            suggestion = did_you_mean(name, listed)
            sentences.append(f"the {what} `{name}` {problem}" + (f"; {suggestion}" if suggestion else ""))
    return tuple(sentences)
