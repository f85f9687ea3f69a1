"""Runs policy tests: the result of a case, and a diagnostic if it is not the expected one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from resolver.author.policy_tests.cases import Case, Expectation, Step
from resolver.diagnostics import Diagnostic, Related, ResolverError
from resolver.domain import (
    Decision,
    Facts,
    Options,
    Rule,
    RulesetName,
    Standing,
    plain_options,
    same_options,
)
from resolver.frozen import frozen
from resolver.loader import with_reason
from resolver.table import DecisionTable, Report, after, deciding_rows, judge_outcome

Got = Mapping[str, "str | int | Mapping[str, str] | Mapping[str, Options] | None"]


@frozen
class Checked:
    """An answer that a case checked: the rule that gave it, and the phase of the request."""

    rule: Rule
    phase: str | None


@frozen
class Result:
    """The result of a case; `failure` is None if everything was as expected."""

    case: Case
    checked: tuple[Checked, ...]
    failure: Diagnostic | None


class CaseFailure(Exception):  # noqa: N818  it is not an error of the program
    """A case got another result than it expects."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def run_case(table: DecisionTable, case: Case) -> Result:
    """Run a case of a policy test. The escalations that the policy has learned do not matter.

    Args:
        table: The decision table of the policy.
        case: The case, as `read_cases` returns it.

    """
    run = _Run(table, case)
    try:
        if case.expected:
            run.request(case.phase, case.expected)
        standing = Standing(case.entry)
        for number, step in enumerate(case.steps, 1):
            standing = run.outcome(step, f"outcome {number}", standing)
    except CaseFailure as failure:
        policy = table.policy
        (diagnostic,) = with_reason([failure.diagnostic], policy.shipped_sections, policy.state_file)
        return Result(case, tuple(run.checked), diagnostic)
    return Result(case, tuple(run.checked), None)


class _Run:
    def __init__(self, table: DecisionTable, case: Case) -> None:
        self.table = table
        self.case = case
        self.checked: list[Checked] = []
        self.why = ""

    def request(self, phase: str | None, expected: tuple[Expectation, ...]) -> None:
        case = self.case
        facts = self.table.facts_of(case.subject, phase, case.facts, entry=case.entry)
        decision = self.table.decide(facts)
        _compare(case, expected, _answer(decision), by=self.by(decision, facts), related=self.related(decision, facts))
        self.note(self.rule(decision), phase)

    def outcome(self, step: Step, where: str, standing: Standing) -> Standing:
        case, table = self.case, self.table
        phase = case.phase if step.phase is None else step.phase or None
        facts = {**case.facts, **step.facts}
        report = Report(case.subject, phase, facts, step.failed, step.kind, None, step.ran_on)
        before = standing
        for _ in range(step.times):
            try:
                decided = judge_outcome(table, report, standing)
            except ResolverError as error:
                notes = (f"{where}: {error}",)
                failed = f"{_name(case)} failed"
                raise CaseFailure(Diagnostic("policy-test", failed, step.place, notes=notes)) from error
            before, standing = standing, after(decided, standing)
            self.why = decided.why or self.why
        in_force = table.facts_of(case.subject, phase, facts, entry=before.entry)
        request = table.facts_of(case.subject, phase, facts, entry=standing.entry)
        decision = table.decide(request)
        got: Got = {
            "effect": str(decided.effect),
            "rule": decided.rule.name if decided.rule else None,
            "strikes": standing.streak.strikes if standing.streak else 0,
            "to": decided.to_tier,
            "tier": decision.tier if decision else None,
        }
        by = [f"decided by {_cited(decided.rule)}"]
        of_tier = self.by(decision, request, "its tier is decided by")
        leap = [f"the escalation is more than one step: {self.why}"] if self.why else []
        was = self.by(table.decide(in_force), in_force, f"the tier before was `{decided.in_force}`, decided by")
        of_tier = [*leap, *of_tier, *(was if before.entry != standing.entry else ())]
        of_rule = f"`{decided.rule.name}` decides the outcome: {decided.effect}" if decided.rule else ""
        related = [Related(of_rule, decided.rule.place)] if decided.rule else []
        related += self.related(decision, request)
        by = [*leap, *by, *was]
        _compare(case, step.expected, got, where=where, by=by, other_by={"tier": of_tier}, related=related)
        if step.expected:
            self.note(decided.rule, phase)
        if any(expectation.what == "tier" for expectation in step.expected):
            self.note(self.rule(decision), phase)
        return standing

    def rule(self, decision: Decision | None) -> Rule | None:
        rules = self.table.policy.rules[RulesetName.TIER]
        return next((rule for rule in rules if decision is not None and rule.name == decision.rule), None)

    def by(self, decision: Decision | None, facts: Facts, decided_by: str = "decided by") -> list[str]:
        """Return lines with the rule, and the rows of the policy, that decide a request with these facts."""
        names = ("phase_override", "role_default")  # the entry is the test's own
        rows = deciding_rows(self.table, self.case.subject, str(facts.get("phase", "")), facts, names)
        return [
            f"{decided_by} {_cited(self.rule(decision))}",
            *(f"by the row {row}" for row in rows),
        ]

    def related(self, decision: Decision | None, facts: Facts) -> list[Related]:
        """Return the places of the rule, and of the rows of the policy, that decide a request with these facts."""
        rule, names = self.rule(decision), ("phase_override", "role_default")
        if rule is None or decision is None:
            return []
        rows = deciding_rows(self.table, self.case.subject, str(facts.get("phase", "")), facts, names)
        return [
            Related(f"`{rule.name}` decides the request: {decision.tier}", rule.place),
            *(Related(f"the decision depends on {row}", row.place) for row in rows),
        ]

    def note(self, rule: Rule | None, phase: str | None) -> None:
        if rule is not None:
            self.checked.append(Checked(rule, phase))


def _compare(
    case: Case,
    expected: tuple[Expectation, ...],
    got: Got,
    *,
    where: str = "",
    by: Sequence[str],
    other_by: Mapping[str, Sequence[str]] = MappingProxyType({}),
    related: Sequence[Related] = (),
) -> None:
    """Raise CaseFailure if the case did not get what is expected.

    Args:
        case: The case.
        expected: The expected results.
        got: The results.
        where: The number of the outcome in a history; empty for a request.
        by: Lines that say what decided the results.
        other_by: The same for results that something else decided.
        related: The places of what decided the results.

    """
    wrong = [expectation for expectation in expected if not _holds(expectation, got[expectation.what])]
    if not wrong:
        return
    notes = [
        f"{where}: {line}" if where else line
        for expectation in wrong
        for line in _lines(expectation, got[expectation.what])
    ]
    notes += dict.fromkeys(line for expectation in wrong for line in other_by.get(expectation.what, by))
    failed = f"{_name(case)} failed"
    raise CaseFailure(Diagnostic("policy-test", failed, wrong[0].place, notes=tuple(notes), related=tuple(related)))


def _holds(expected: Expectation, got: object) -> bool:
    if isinstance(expected.value, Mapping):
        return isinstance(got, Mapping) and not _lines(expected, got)
    return expected.value == got


def _lines(expected: Expectation, got: object) -> list[str]:
    if not isinstance(expected.value, Mapping):
        what = "an escalation to" if expected.what == "to" else expected.what
        return [f"expected {what} {expected.value}, got {'none' if got is None else got}"]
    models = got if isinstance(got, Mapping) else {}
    lines = (_line(provider, value, models.get(provider)) for provider, value in expected.value.items())
    return [line for line in lines if line is not None]


def _line(provider: str, expected: str | Options, got: object) -> str | None:
    """Return how the model id or the options at a provider differ, None if they do not."""
    if isinstance(expected, str):
        return None if got == expected else f"expected {expected} at {provider}, got {got or 'none'}"
    options: Options = got if isinstance(got, Mapping) else {}
    if same_options(expected, options):
        return None
    return f"expected options {_options(expected)} at {provider}, got {_options(options)}"


def _answer(decision: Decision | None) -> Got:
    if decision is None:
        return {"tier": None, "rule": None, "models": None, "options": None}
    return {
        "tier": decision.tier,
        "rule": decision.rule,
        "models": decision.models,
        "options": decision.options,
    }


def _cited(rule: Rule | None) -> str:
    return f"`{rule.name}` ({rule.place})" if rule else "no rule"


def _options(options: Options) -> str:
    return json.dumps(plain_options(options), ensure_ascii=False)


def _name(case: Case) -> str:
    return f"`{case.name}`" + (f" [{case.variant}]" if case.variant else "")
