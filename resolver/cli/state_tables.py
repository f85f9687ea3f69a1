"""`resolver state migrate` and `resolver state retention`: the tables of a shared state, and its history's age."""

from __future__ import annotations

import click

from resolver.cli import options
from resolver.cli.group_options import group_state, of_group
from resolver.cli.output import echo, echo_note
from resolver.facade.opening import keep_history, lost_by_migration, migrate_state

_FOREVER = "forever"


@click.command(
    short_help="Create or migrate the tables of a shared state.",
    epilog="""\b
Example: with the rights of the tables' owner, which the program does not need later
  $ RESOLVER_STATE=postgresql+psycopg://owner@db.example/resolver resolver state migrate

\b
Example: back to an older version, before its programs start again
  $ resolver state migrate --to 0001
""",
)
@click.option("--to", metavar="VERSION", help="The version of the tables; default: that of this program.")
@options.state
@options.report_errors
def migrate(*, to: str | None, state_url: str | None) -> None:
    """Migrate the tables in the database of --state to the version of this program, or create them.

    No other command does that. --to can name an older version: data that only the newer tables hold is lost, and
    programs that need the newer tables stop working. Tables of a version that this program does not know are not
    changed.
    """
    before, after = migrate_state(group_state(state_url), to)
    done = "nothing to do" if before == after else "changed" if before else "made"
    echo(f"tables of version {after}: {done}")
    if before is not None and after < before:
        for lost in lost_by_migration(before, after):
            echo_note(f"lost: {lost}")
        echo_note(f"programs for tables of version {before} cannot use these; replace those that still run")


def _days(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """Return the number of days, 0 for ever."""
    if text is None or text == _FOREVER:
        return None if text is None else 0
    if not text.isascii() or not text.isdigit() or not 0 < len(text) <= len("36500") or int(text) == 0:
        raise click.BadParameter(f"takes a number of days, such as 90, or `{_FOREVER}`")
    return int(text)


@click.command(
    short_help="Show or set how long the history is kept.",
    epilog="""\b
Example: forget escalations, holds and the like after a year
  $ resolver state retention 365
""",
)
@click.argument("days", metavar="[DAYS|forever]", required=False, callback=_days)
@options.state
@options.output_format("text", "json")
@options.report_errors
def retention(*, days: int | None, state_url: str | None, output_format: str) -> None:
    """Show how long the database of --state keeps its history, or set it. The default is forever.

    One of the programs that use the database deletes older events. Entries and streaks are kept.
    """
    now, warning = keep_history(group_state(state_url), days)
    if "json" in (output_format, of_group("output_format")):
        options.print_json({"history_days": now or None})
    else:
        echo(f"the history is kept for {'ever' if not now else f'{now:,} days' if now > 1 else 'a day'}")
    if warning is not None:
        echo_note(warning)
