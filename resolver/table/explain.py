"""Why a request got its tier, and why every other rule did not decide it: read off the truth tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.diagnostics import Place, ResolverError, did_you_mean
from resolver.domain import (
    Explanation,
    Facts,
    Known,
    Lost,
    Rule,
    RuleReport,
    Subject,
    Unmatched,
    Won,
    vocabulary,
)
from resolver.table.diagram import NO
from resolver.table.question import Question
from resolver.table.table import DecisionTable


def explain(table: DecisionTable, subject: Subject, phase: str | None, extra: Facts) -> Explanation:
    """Return the decision of a request with what became of every rule; ResolverError if no rule decides it."""
    facts = table.facts_of(subject, phase, extra)
    question = table.tier
    classes = question.universe.classes_of(facts)
    answer = question.decide(classes)
    decision = table.index.decision(answer)
    if decision is None or answer.rule is None:
        raise ResolverError(undecided(subject, phase))
    reports = tuple(_report(question, at, rule, answer.rule, classes) for at, rule in enumerate(question.rules))
    names = vocabulary("tier", table.policy.model_tiers.ladder, table.policy.facts)
    known = tuple(Known(name, facts.get(name), _place(table, subject, phase, name)) for name in names)
    return Explanation(subject, phase or None, decision, known, reports, _unlisted(table, subject, phase))


def undecided(subject: Subject, phase: str | None) -> str:
    """Return the message of the error that no rule decides a request."""
    where = f" in phase `{phase}`" if phase else ""
    return f"no rule of `tier` decides for triad `{subject.triad}`, role `{subject.role}`{where}"


def blockers(question: Question, rule: int, classes: Sequence[int]) -> tuple[str, ...]:
    """Return the fewest facts that would have to be different for the rule to match; none if it can match nothing."""
    found = _Nearest(question, classes).changes(question.truth[rule], 0, frozenset())
    return tuple(fact for level in found or () for fact in question.universe.variables[level].facts)


class _Nearest:
    """Finds the possible event that leads to `YES` and differs from that in `classes` in the fewest variables."""

    def __init__(self, question: Question, classes: Sequence[int]) -> None:
        self.question = question
        self.classes = classes
        self.known: dict[tuple[int, int, frozenset[int]], tuple[int, ...] | None] = {}

    def changes(self, node: int, level: int, active: frozenset[int]) -> tuple[int, ...] | None:
        """Return the levels from `level` on that differ, below `node` and under these implications."""
        universe = self.question.universe
        if node == NO or level == len(universe.variables):
            return None if node == NO else ()
        if (node, level, active) not in self.known:
            here = self.classes[level]
            ways = []
            for chosen, child in self._ways(node, level, universe.allowed(level, active)):
                below = self.changes(child, level + 1, universe.activated(level, chosen, active))
                if below is not None:
                    ways.append(below if chosen == here else (level, *below))
            self.known[node, level, active] = min(ways, key=lambda way: (len(way), way), default=None)
        return self.known[node, level, active]

    def _ways(self, node: int, level: int, allowed: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield classes, one for each way that leads on from `node`, and the present one."""
        diagram, universe, here = self.question.diagram, self.question.universe, self.classes[level]
        if node < 0 or diagram.level[node] != level:
            chosen = [here] if here in allowed else [*universe.deciding(level, allowed[-1]), allowed[-1]]
            branches, otherwise = {}, node
        else:
            branches, otherwise = diagram.branches[node], diagram.otherwise[node]
            chosen = [here, *branches, *universe.deciding(level, allowed[-1]), allowed[-1]]
        for at in dict.fromkeys(chosen):
            if at in allowed:
                yield at, branches.get(at, otherwise)


def _report(question: Question, at: int, rule: Rule, winner: Rule, classes: Sequence[int]) -> RuleReport:
    if rule is winner:
        return RuleReport(rule, Won())
    if question.diagram.walk(question.truth[at], classes) != NO:
        return RuleReport(rule, Lost(winner))
    return RuleReport(rule, Unmatched(blockers(question, at, classes)))


def _place(table: DecisionTable, subject: Subject, phase: str | None, name: str) -> Place | None:
    row: tuple[str, ...] | None = {
        "role_default": ("role_defaults", subject.role),
        "phase_override": ("phase_overrides", phase or "", subject.role),
        "escalated_tier": ("escalation_state", str(subject)),
    }.get(name)
    return table.policy.model_tiers.places.get(row) if row else None


def _unlisted(table: DecisionTable, subject: Subject, phase: str | None) -> tuple[str, ...]:
    tiers = table.policy.model_tiers
    named = {name: table.tier.named(name) for name in ("role", "phase")}
    roles = {*tiers.role_defaults, *(role for rows in tiers.phase_overrides.values() for role in rows), *named["role"]}
    phases = {*tiers.phase_overrides, *named["phase"]}
    found = []
    if subject.role not in roles:
        found.append(_said("role", subject.role, roles))
    if phase and phase not in phases:
        found.append(_said("phase", phase, phases))
    return tuple(found)


def _said(what: str, name: str, known: set[str]) -> str:
    hint = did_you_mean(name, known)
    return f"the {what} `{name}` is in no list of the policy" + (f"; {hint}" if hint else "")
