"""`resolver record`: report an outcome."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import echo
from resolver.cli.policy_place import policy_or_shipped
from resolver.diagnostics import as_lines
from resolver.domain import Outcome
from resolver.facade import Resolver
from resolver.json_forms.outcome_json import outcome_json


@click.command(
    epilog="""\b
Example:
  $ resolver record layout worker_a failure --phase negotiation --error 'no plan'
""",
)
@options.triad_argument
@options.role_argument
@click.argument("result", type=click.Choice(["failure", "success"]))
@options.phase
@click.option("--kind", metavar="KIND", help="The kind of failure, such as `task`.")
@click.option("--error", metavar="TEXT", help="The error, for the history.")
@options.fact
@click.option("--key", metavar="KEY", help="A name for this one report: a repeat under the same key changes nothing.")
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def record(
    *,
    triad: str,
    role: str,
    result: str,
    phase: str | None,
    kind: str | None,
    error: str | None,
    facts: tuple[str, ...],
    key: str | None,
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Report that the agent of TRIAD with ROLE failed or succeeded, and print the effect.

    An escalation is written into the policy's `escalation_state`; streaks and history are kept beside the policy. With
    --state, everything is kept in that database. A note on stderr points out names that are probably misspelled.
    """
    if result == "success" and (kind or error):
        raise click.UsageError("a success has no --kind and no --error")
    with Resolver.open(policy_or_shipped(policies), state=state_url) as resolver:
        given = options.given_facts(resolver.policy.facts, facts)
        options.warn_of_names(resolver.policy, triad=triad, role=role, phase=phase, kind=kind)
        if result == "success":
            outcome = resolver.record_success(triad, role, phase=phase, facts=given, key=key)
        else:
            outcome = resolver.record_failure(triad, role, phase=phase, kind=kind, error=error, facts=given, key=key)
    if output_format == "json":
        options.print_json(outcome_json(outcome))
    else:
        echo(_text(outcome))


def _text(outcome: Outcome) -> str:
    text = f"{outcome.effect} by {outcome.rule}" if outcome.rule else str(outcome.effect)
    if outcome.escalation:
        text += f": from {outcome.escalation.from_tier} to {outcome.escalation.to_tier}"
    elif outcome.strikes:
        text += f": {outcome.strikes} {'strike' if outcome.strikes == 1 else 'strikes'}"
    because = [f"because: {outcome.because}"] if outcome.because else []
    why = [f"more than one step: {outcome.escalation.why}"] if outcome.escalation and outcome.escalation.why else []
    return as_lines(text, *because, *why)
