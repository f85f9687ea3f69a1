"""`resolver state status`: show whether a state can be used, for people and probes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import columns, echo, style
from resolver.cli.policy_place import policy_or_shipped
from resolver.domain import Health, StoreHealth
from resolver.facade.health import probe
from resolver.json_forms.health_json import health_json


@click.command(
    short_help="Show whether the state can be used, with an exit code for probes.",
    epilog="""\b
Example: an alert when the database is unreachable, or when outcomes wait.
  $ resolver state status --format json | jq -e '.ok and .state.queued == 0'

\b
Exit codes: 0 all is well, 1 the state cannot be used or the policy is refused, 2 could not run (such as a wrong URL).
""",
)
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def status(*, policies: Path | None, state_url: str | None, output_format: str) -> None:
    """Show whether the state can be used, and what waits for it.

    With --state, the database gets 2 seconds to answer. Even if it does not, the command shows how many outcomes wait
    in the spool of this host, and how many are put aside in it. Without --state, the command checks that the policy
    file, its lock and the database beside it can be read and written.
    """
    parent = click.get_current_context().parent
    given = parent.params if parent else {}
    health = probe(policy_or_shipped(policies or given.get("policies")), state_url or given.get("state_url"))
    if "json" in (output_format, given.get("output_format")):
        options.print_json(health_json(health))
    else:
        echo(columns([[style(name, "head"), value] for name, value in _rows(health)]))
    if not health.ok:
        raise SystemExit(options.FINDINGS)


def _rows(health: Health) -> list[tuple[str, str]]:
    store, policy = health.store, health.policy
    rows = [("state", store.where)]
    if store.reachable is not None:
        rows += _database_rows(store)
    elif policy.read_only:
        rows.append(("usable", "no entry can be learned: the shipped policy is read-only"))
    elif not policy.refused:
        rows.append(("usable", style("no", "error") if store.reason else style("yes", "good")))
    if store.reason:
        rows.append(("reason", store.reason))
    if policy.refused:
        verdict = f"{style('refused', 'error')}; `resolver check` shows why"
    else:
        verdict = f"revision {policy.revision}, {policy.warnings} {'warning' if policy.warnings == 1 else 'warnings'}"
    return [*rows, ("policy", f"{policy.path}: {verdict}")]


def _database_rows(store: StoreHealth) -> list[tuple[str, str]]:
    rows = [("reachable", style("yes", "good") if store.reachable else style("no", "error"))]
    if store.since is not None:
        rows.append(("away since", _utc(store.since)))
    if store.server_revision is not None:
        rows.append(("revision", str(store.server_revision)))
    elif store.revision is not None:
        rows.append(("revision", f"{store.revision}, the last one that this host knows"))
    if store.lag is not None:
        rows.append(("lag", str(store.lag)))
    why = f": {store.put_aside_reason}" if store.put_aside else ""
    rows += [("queued", str(store.queued)), ("put aside", f"{store.put_aside}{why}"), ("spool", store.spool)]
    if store.last_refresh is not None:
        rows.append(("last refresh", _utc(store.last_refresh)))
    if store.most_connections:
        rows.append(("connections", f"{store.connections} of {store.most_connections}"))
    return rows


def _utc(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
