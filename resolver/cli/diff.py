"""`resolver diff`: what does this change of a policy change, and for whom?"""

from __future__ import annotations

from pathlib import Path

import click

from resolver.author import compare, of_path, side
from resolver.cli import options
from resolver.cli.diff_forms import as_github, as_json, as_markdown, as_text
from resolver.cli.html_map import write_difference
from resolver.cli.output import echo


@click.command(
    short_help="Show what a change of a policy decides otherwise.",
    epilog="""\b
Example: what have I changed since the last commit, and what does a branch change?
  $ resolver diff HEAD
  $ resolver diff main feature --format markdown
""",
)
@click.argument("old")
@click.argument("new", required=False)
@click.option("--allow-lower", is_flag=True, help="What lowers an agent is no finding.")
@options.html
@options.policies
@options.output_format("text", "json", "github", "markdown")
@options.guarded
def diff(*, old: str, new: str | None, allow_lower: bool, html: Path | None, policies: Path | None, form: str) -> None:
    """Show what differs between OLD and NEW by what they decide, not by their text.

    Each is a policy directory, a file, or a git revision of the repository in which the policy is; NEW is the policy as
    it is if left out. Requests whose tier rises or falls are shown, outcomes, models, and escalations in force that are
    touched, all in groups with a witness. Two policies that decide everything alike are `equivalent`. Exit code 1 if
    anything lowers an agent.
    """
    path = options.policy_path(policies)
    before = side(old, path)
    after = of_path(path) if new is None else side(new, path)
    found = compare(before.table, after.table)
    if html is not None:
        write_difference(html, before, after, found)
    if form == "json":
        options.print_json(as_json(before, after, found))
    elif form == "github":
        for line in as_github(before, after, found, allow_lower=allow_lower):
            echo(line)
    else:
        echo((as_markdown if form == "markdown" else as_text)(before, after, found))
    if found.lowers and not allow_lower:
        raise SystemExit(options.FINDINGS)
