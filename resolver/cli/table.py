"""`resolver table`: show all decisions, in as few lines as possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from resolver.author import Side, decision_texts, escalated_text, names_text, phases_text
from resolver.cli import options
from resolver.cli.html_map import write_table
from resolver.cli.output import columns, echo, style
from resolver.cli.policy_place import policy_or_shipped, policy_path
from resolver.diagnostics import Lines, as_lines
from resolver.domain import Facts
from resolver.facade import Resolver
from resolver.json_forms.table_json import line_json
from resolver.table import DecisionTable, Line, lines_of


@click.command(
    epilog="""\b
Example:
  $ resolver table --role worker_a
  $ resolver table --html table.html
""",
)
@click.option("--role", metavar="ROLE", shell_complete=options.completed("roles"), help="Only this role.")
@click.option("--phase", metavar="PHASE", shell_complete=options.completed("phases"), help="Only this phase.")
@options.fact
@options.html
@options.policy
@options.state
@options.output_format("text", "json")
@options.report_errors
def table(
    *,
    role: str | None,
    phase: str | None,
    facts: tuple[str, ...],
    html: Path | None,
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Show which tier every request gets, with and without an escalation, and by which rule.

    Roles, triads, phases and escalated tiers with the same decisions are on one line. Requests have the extra facts of
    --fact, and no others. The page that --html writes has a cell for each phase and escalated tier, with its rule and
    the rule's place, and fields for extra facts. Of a very large table, the page shows a part, and says how much it
    leaves out.
    """
    with Resolver.open(policy_or_shipped(policies), state=state_url) as resolver:
        decisions = resolver.table
        extra = decisions.check_extra(options.given_facts(decisions.policy.facts, facts))
        options.warn_of_names(resolver.policy, role=role, phase=phase)
    lines = lines_of(decisions, role, phase, extra)
    if html is not None:
        write_table(html, Side(str(policy_path(policies)), decisions), extra)
    if output_format == "json":
        options.print_json([line_json(line) for line in lines])
    else:
        echo(as_lines(_text(lines, decisions, role, phase), *_notes(decisions, extra)))


def _text(lines: Sequence[Line], table: DecisionTable, role: str | None, phase: str | None) -> Lines:
    with_triads = any(not line.any_triad for line in lines)
    head = ["role", *(["triad"] if with_triads else []), "phase", "escalated", "tier", "rule"]
    rows = [[style(name, "head") for name in head]]
    before: list[str] = []
    for line in lines:
        cells = [role if role is not None else names_text(line.roles, "any other role")]
        if with_triads:
            cells.append("any" if line.any_triad else names_text(line.triads, "any other"))
        cells.append(phase or phases_text(line))
        # Leave out what the line above says, too, so that the groups can be seen.
        shown = ["" if cells[: index + 1] == before[: index + 1] else cell for index, cell in enumerate(cells)]
        before = cells
        rows.append([*shown, escalated_text(line, table), *decision_texts(line)])
    return columns(rows)


def _notes(table: DecisionTable, extra: Facts) -> Iterator[str]:
    """Yield what else decides: the escalations in force, and extra facts."""
    entries = table.policy.model_tiers.escalation_state
    if entries:
        yield f"{len(entries)} escalation{'s' if len(entries) > 1 else ''} in force"
    if extra:
        yield f"with {', '.join(f'{name}={value}' for name, value in extra.items())}"
    more = [name for name in table.policy.facts if name not in extra and name in table.tier.universe.levels]
    if more:
        yield f"without {', '.join(more)}, which can change tiers; --fact gives {'it' if len(more) == 1 else 'them'}"
