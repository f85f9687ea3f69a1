"""`resolver state`: show what was learned, and let a person change it."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.group_options import of_group
from resolver.cli.output import columns, confirm, echo, style
from resolver.cli.policy_place import policy_or_shipped
from resolver.cli.state_import import import_entries
from resolver.cli.state_status import status
from resolver.cli.state_tables import migrate, retention
from resolver.diagnostics import Lines, as_lines
from resolver.domain import Streak, Subject
from resolver.facade import Resolver
from resolver.json_forms.state_json import state_json


@click.group(
    invoke_without_command=True,
    epilog="""\b
Example: a model got better, so its escalation may go.
  $ resolver state lower layout worker_a --reason 'new model'
""",
)
@options.only_triad
@options.policies
@options.state
@options.output_format("text", "json")
@click.pass_context
@options.report_errors
def state(
    context: click.Context, *, triad: str | None, policies: Path | None, state_url: str | None, output_format: str
) -> None:
    """Show the escalations in force, the running streaks, and the entries that people removed or lowered."""
    if context.invoked_subcommand is not None:
        return
    with Resolver.open(policy_or_shipped(policies), state=state_url) as resolver:
        places = resolver.policy.model_tiers.places
        entries, streaks, lost = resolver.escalations(), resolver.streaks(), resolver.removed_entries()
    wanted = [s for s in sorted({*entries, *streaks, *lost}) if triad is None or s.triad == triad]
    if output_format == "json":
        options.print_json(state_json(entries, streaks, lost, triad))
        return
    escalated = [
        [s.triad, s.role, entries[s], style(str(places.get(("escalation_state", str(s)), "")), "dim")]
        for s in wanted
        if s in entries
    ]
    running = [[s.triad, s.role, _strikes(streaks[s]), f"on {streaks[s].failed_tier}"] for s in wanted if s in streaks]
    gone = [[s.triad, s.role, f"was {lost[s].from_tier}", "`resolver state restore`"] for s in wanted if s in lost]
    removed = [row for row in gone if Subject(row[0], row[1]) not in entries]
    lowered = [row for row in gone if row not in removed]
    parts = []
    for title, rows in (
        ("escalations", escalated),
        ("streaks", running),
        ("removed from the file by a person", removed),
        ("lowered in the file by hand", lowered),
    ):
        if rows:
            parts.append(as_lines(style(title, "head"), columns(rows, indent=2)))
    echo(Lines("\n\n".join(parts)) or "nothing has been learned yet")


def _strikes(streak: Streak) -> str:
    return f"{streak.strikes} {'strike' if streak.strikes == 1 else 'strikes'}"


@state.command(short_help="Lower or remove an escalation.")
@options.triad_argument
@options.role_argument
@click.argument("tier", required=False, shell_complete=options.completed("tiers"))
@click.option("--reason", default="", metavar="TEXT", help="Why, for the history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def lower(
    *,
    triad: str,
    role: str,
    tier: str | None,
    reason: str,
    yes: bool,
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Lower the entry of TRIAD and ROLE to TIER, or remove it if no TIER is given.

    This is the only command that lowers an agent. The history records it, with --reason.
    """
    subject = Subject(triad, role)
    with Resolver.open(
        policy_or_shipped(policies or of_group("policies")), state=state_url or of_group("state_url")
    ) as resolver:
        entry = resolver.escalations().get(subject)
        if entry is None:
            options.fail(f"`{subject}` has no entry in `escalation_state`")
        if not yes:
            to = f"from {entry} to {tier}" if tier else f"back from {entry} to what the policy gives it"
            if not confirm(f"Lower `{subject}` {to}?"):
                options.fail("nothing was lowered; --yes does it without asking")
        resolver.lower(triad, role, tier, reason=reason)
    if "json" in (output_format, of_group("output_format")):
        options.print_json({"triad": triad, "role": role, "from": entry, "to": tier})
    else:
        echo(f"{subject}: {entry} → {tier or 'no entry'}")


@state.command(short_help="Bring back entries that people removed or lowered.")
@click.argument("triad", required=False, shell_complete=options.completed("triads"))
@click.argument("role", required=False, shell_complete=options.completed("roles"))
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def restore(
    *, triad: str | None, role: str | None, policies: Path | None, state_url: str | None, output_format: str
) -> None:
    """Write the entry of TRIAD and ROLE back into the file, or all entries that people removed or lowered.

    An editor that saves an old version of the file removes the entries that the program has written meanwhile.
    """
    if (triad is None) != (role is None):
        raise click.UsageError("give both TRIAD and ROLE, or neither")
    with Resolver.open(
        policy_or_shipped(policies or of_group("policies")), state=state_url or of_group("state_url")
    ) as resolver:
        lost = resolver.removed_entries()
        wanted = list(lost) if triad is None or role is None else [Subject(triad, role)]
        restored = {subject: resolver.restore(subject.triad, subject.role) for subject in wanted}
    if "json" in (output_format, of_group("output_format")):
        options.print_json([{"triad": s.triad, "role": s.role, "tier": tier} for s, tier in restored.items()])
    else:
        echo(
            as_lines(*(f"{subject}: {tier}" for subject, tier in restored.items()))
            or "nothing was removed from the file or lowered in it"
        )


for _command in (import_entries, migrate, retention, status):
    state.add_command(_command)
