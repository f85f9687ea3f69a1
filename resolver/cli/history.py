"""`resolver history`: show every escalation and hold, and what people did about them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import columns, echo, echo_json
from resolver.cli.policy_place import policy_or_shipped
from resolver.domain import EffectKind, Event
from resolver.facade import Resolver
from resolver.json_forms.event_json import event_json

_FROM_NOTHING = ("lower", "edited")
"""Events that show whether there was, or is, an entry."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _time(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """Return the time of `--since`: a date, a time, or how long ago."""
    if text is None:
        return None
    if match := re.fullmatch(r"(\d+)([mhdw])", text):
        try:
            return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
        except (OverflowError, ValueError) as error:  # a number with very many digits is a ValueError
            raise click.BadParameter("is longer ago than the calendar goes back") from error
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("takes a date (2026-01-31), a time, or how long ago (90m, 12h, 7d, 2w)") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@click.command(
    epilog="""\b
Example:
  $ resolver history --since 7d

\b
Example: what would another policy have done with last week's outcomes?
  $ resolver history --since 7d --format jsonl > week.jsonl
  $ resolver replay week.jsonl --policies proposed
""",
)
@options.only_triad
@click.option("--since", metavar="TIME", callback=_time, help="A date, a time in UTC, or how long ago: 90m, 12h, 7d.")
@options.policies
@options.state
@options.output_format("text", "json", "jsonl")
@options.report_errors
def history(
    *, triad: str | None, since: datetime | None, policies: Path | None, state_url: str | None, output_format: str
) -> None:
    """Show every escalation and hold, oldest first, and the entries that people lowered, removed and restored.

    With --format jsonl, print every recorded outcome, one line each, as `resolver replay` reads it: also failures that
    only count, and successes.
    """
    if output_format == "jsonl":
        with Resolver.open(policy_or_shipped(policies), state=state_url) as resolver:
            for line in resolver.outcomes():
                if (triad is None and since is None) or _wanted(line, triad, since):
                    echo_json(json.loads(line), indent=None)
        return
    with Resolver.open(policy_or_shipped(policies), state=state_url) as resolver:
        events = resolver.history(since, triad)
    if output_format == "json":
        options.print_json([event_json(event) for event in events])
    elif events:
        echo(columns([_row(event) for event in events]))
    else:
        echo("nothing has happened yet")


def _wanted(line: str, triad: str | None, since: datetime | None) -> bool:
    outcome = json.loads(line)
    of_triad = triad is None or outcome["triad"] == triad
    return of_triad and (since is None or datetime.fromisoformat(outcome["time"]) >= since)


def _row(event: Event) -> list[str]:
    tiers = " → ".join(
        tier or "no entry" for tier in (event.from_tier, event.to_tier) if tier or event.what in _FROM_NOTHING
    )
    details = [f"in {event.phase}"] if event.phase else []
    details += [f"kind {event.kind}"] if event.kind else []
    details += [f"by {event.rule}"] if event.rule else []
    leap = "more than one step: " if event.what == EffectKind.ESCALATE else ""
    details += [f"{leap}{event.reason}"] if event.reason else []
    details += [event.errors[-1]] if event.errors else []
    time = event.time.strftime("%Y-%m-%d %H:%M:%S")
    return [time, event.subject.triad, event.subject.role, event.what, tiers, ", ".join(details)]
