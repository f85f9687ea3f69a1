"""`resolver explain`: show why a tier was decided, and why no other rule decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from resolver.author import Nearest, nearest
from resolver.author.model_words import model_text
from resolver.cli import options
from resolver.cli.output import columns, echo, echo_note, style
from resolver.cli.policy_place import policy_or_shipped, policy_path
from resolver.diagnostics import as_lines
from resolver.domain import Explanation, Facts, Lost, RuleReport, Unmatched
from resolver.facade.reading import read_streaks
from resolver.facade.requests import explained
from resolver.table import PolicyRow, deciding_rows


@click.command(
    epilog="""\b
Example: why does the escalation have no effect?
  $ resolver explain layout code_execution --phase execution
""",
)
@options.triad_argument
@options.role_argument
@options.phase
@options.fact
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def explain(
    *,
    triad: str,
    role: str,
    phase: str | None,
    facts: tuple[str, ...],
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Show the rule that decides for TRIAD and ROLE, and why every other rule does not.

    An outranked rule matches too, but a rule with a lower `pri` wins. A rule that is not matched would match if the
    named facts were different. Facts and rules are shown with their file and line. The nearest changes that would give
    another tier follow: another phase, more failures in a row, an escalation, another fact. An escalation of more than
    one step is shown with its reason.
    """
    table, streaks = read_streaks(policy_path(policy_or_shipped(policies)), state_url)
    given = options.given_facts(table.policy.facts, facts)
    explanation = explained(table, triad, role, phase, given)
    changes = nearest(table, explanation, given, streaks.get(explanation.subject))
    rows = deciding_rows(table, explanation.subject, explanation.phase, explanation.values)
    for note in explanation.unlisted:
        echo_note(note)
    if output_format == "json":
        from resolver.json_forms.explanation_json import explanation_json  # noqa: PLC0415  only for this format

        options.print_json(explanation_json(explanation, rows, changes))
    else:
        echo(_text(explanation, rows, changes))


def _text(explanation: Explanation, rows: Sequence[PolicyRow], changes: Sequence[Nearest]) -> str:
    decision, subject = explanation.decision, explanation.subject
    models = [[name, model_text(id, decision.options.get(name, {}))] for name, id in decision.models.items()]
    where = f" in phase {explanation.phase}" if explanation.phase else ""
    facts = [
        [fact.name, str(fact.value), style(str(fact.place or ""), "dim")]
        for fact in explanation.facts
        if fact.value is not None
    ]
    rules = [_row(report, explanation.values) for report in explanation.rules]
    return as_lines(
        *[
            f"{subject.role} of {subject.triad}{where} runs on {style(decision.tier, 'good')}",
            *([f"because: {decision.because}"] if decision.because else []),
            *(f"by the row {row}" for row in rows),
            "",
            style("rules, lowest pri first", "head"),
            columns(rules, indent=2),
            "",
            style("facts", "head"),
            columns(facts, indent=2),
            "",
            style("what would change this", "head"),
            columns([_change(change) for change in changes] or [["nothing"]], indent=2),
            "",
            style("models, in the order to try them", "head"),
            columns(models, indent=2),
            "",
            f"revision {decision.revision}",
        ]
    )


def _change(change: Nearest) -> list[str]:
    more = f", more than one step: {change.why}" if change.why else ""
    return [change.words, change.tier, f"by {change.rule.name}{more}"]


def _row(report: RuleReport, facts: Facts) -> list[str]:
    rule = report.rule
    outcome = _outcome(report, facts)
    shown = style(outcome, "good") if outcome == "won" else outcome
    return [str(rule.pri), rule.name, shown, style(str(rule.place), "dim")]


def _outcome(report: RuleReport, facts: Facts) -> str:
    outcome = report.outcome
    if isinstance(outcome, Lost):
        return f"outranked by {outcome.to.name}"
    if isinstance(outcome, Unmatched):
        if not outcome.blockers:
            return "not matched: no facts match it"
        return "not matched: " + " and ".join(
            f"{name} is {facts[name]}" if name in facts else f"no {name}" for name in outcome.blockers
        )
    return "won"
