"""`resolver resolve`: print the tier of a request."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import echo, echo_note
from resolver.cli.policy_place import policy_or_shipped, policy_path
from resolver.facade.reading import read_table
from resolver.facade.requests import explained


@click.command(
    epilog="""\b
Example:
  $ resolver resolve layout worker_a --phase execution
  fast
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
def resolve(
    *,
    triad: str,
    role: str,
    phase: str | None,
    facts: tuple[str, ...],
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Print the tier on which the agent of TRIAD with ROLE runs.

    A role or phase that the policy does not list is answered like any other; a note on stderr says so.
    """
    table = read_table(policy_path(policy_or_shipped(policies)), state_url)
    given = options.given_facts(table.policy.facts, facts)
    explanation = explained(table, triad, role, phase, given)
    decision = explanation.decision
    for note in explanation.unlisted:
        echo_note(note)
    if output_format == "text":
        echo(decision.tier)
        return
    from resolver.json_forms.decision_json import decision_json  # noqa: PLC0415  only for this format

    options.print_json({**decision_json(decision), "unlisted": list(explanation.unlisted)})
