"""`resolver state import`: put what many hosts have learned in their files into the database."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.group_options import group_state, of_group
from resolver.cli.output import columns, echo
from resolver.cli.policy_place import policy_or_shipped
from resolver.facade import Resolver
from resolver.facade.importing import highest_entries


@click.command(
    name="import",
    short_help="Raise entries to those in the files of many hosts.",
    epilog="""\b
Example: 50 hosts move from their files to a database
  $ for host in $(cat hosts); do scp $host:/srv/policies/model_tiers.yaml learned/$host.yaml; done
  $ resolver state import learned/*.yaml
""",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=options.Named(path_type=Path, exists=True))
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def import_entries(
    *, files: tuple[Path, ...], policies: Path | None, state_url: str | None, output_format: str
) -> None:
    """Raise entries in the database of --state to the highest in any FILE, and never lower one.

    Each FILE is the policy directory of a host, or its file that holds `escalation_state`. The ladder of --policies
    decides which entry is higher. Importing twice changes nothing. An entry is skipped if a person has lowered the
    role, or if the entry would lower it.
    """
    url = group_state(state_url)
    with Resolver.open(policy_or_shipped(policies or of_group("policies")), state=url) as resolver:
        highest = highest_entries(files, resolver.policy.model_tiers.ladder)
        reasons = {subject: f"from {entry.file}" for subject, entry in highest.items()}
        raised = resolver.import_entries({s: entry.tier for s, entry in highest.items()}, reasons)
        rank, now = resolver.policy.model_tiers.ladder.rank, resolver.escalations()
        left = [s for s in sorted(highest) if s not in now or rank(now[s]) < rank(highest[s].tier)]
    same = len(highest) - len(raised) - len(left)
    if "json" in (output_format, of_group("output_format")):
        rows = [
            {"triad": s.triad, "role": s.role, "from": raised[s][0], "to": raised[s][1], "file": highest[s].file}
            for s in sorted(raised)
        ]
        kept = [{"triad": s.triad, "role": s.role, "tier": highest[s].tier, "file": highest[s].file} for s in left]
        options.print_json({"raised": rows, "already_as_high": same, "left": kept})
        return
    if raised:
        changes = [(s, *raised[s], highest[s].file) for s in sorted(raised)]
        echo(columns([[s.triad, s.role, f"{old or 'no entry'} → {new}", file] for s, old, new, file in changes]))
    if left:
        echo(columns([[s.triad, s.role, f"not {highest[s].tier}", highest[s].file] for s in left]))
    echo(f"{len(raised):,} raised, {same:,} already as high, {len(left):,} left")
    if left:
        echo("left: a person has lowered the role, or it runs on a higher tier without an entry")
