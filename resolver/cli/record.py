"""`resolver record`: report an outcome."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import echo
from resolver.diagnostics import as_lines
from resolver.domain import Outcome
from resolver.facade import Resolver


@click.command(
    epilog="""\b
Example:
  $ resolver record layout worker_a failure --phase negotiation --error 'no plan'
""",
)
@click.argument("triad")
@click.argument("role")
@click.argument("result", type=click.Choice(["failure", "success"]))
@options.phase
@click.option("--kind", metavar="KIND", help="The kind of failure, a word that the rules know.")
@click.option("--error", metavar="TEXT", help="The error, for the history.")
@options.fact
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
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Report that the agent of TRIAD with ROLE failed or succeeded, and print the effect.

    An escalation is written into the policy's `escalation_state`; streaks and history are kept beside the policy. With
    --state, everything is kept in that database.
    """
    if result == "success" and (kind or error):
        raise click.UsageError("a success has no --kind and no --error")
    with Resolver.open(policies, state=state_url) as resolver:
        given = options.given_facts(resolver.policy.facts, facts)
        if result == "success":
            outcome = resolver.record_success(triad, role, phase=phase, facts=given)
        else:
            outcome = resolver.record_failure(triad, role, phase=phase, kind=kind, error=error, facts=given)
    if output_format == "json":
        escalation = outcome.escalation
        options.print_json(
            {
                "effect": outcome.effect,
                "rule": outcome.rule,
                "because": outcome.because,
                "strikes": outcome.strikes,
                "escalation": {"from": escalation.from_tier, "to": escalation.to_tier} if escalation else None,
            }
        )
    else:
        echo(_text(outcome))


def _text(outcome: Outcome) -> str:
    text = f"{outcome.effect} by {outcome.rule}" if outcome.rule else str(outcome.effect)
    if outcome.escalation:
        text += f": from {outcome.escalation.from_tier} to {outcome.escalation.to_tier}"
    elif outcome.strikes:
        text += f": {outcome.strikes} {'strike' if outcome.strikes == 1 else 'strikes'}"
    return as_lines(text, f"because: {outcome.because}") if outcome.because else text
