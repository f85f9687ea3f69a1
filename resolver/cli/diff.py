"""`resolver diff`: show which decisions a policy change affects."""

from __future__ import annotations

from pathlib import Path

import click

from resolver.author import Side, compare, nothing_at, of_path, side
from resolver.cli import options
from resolver.cli.completion import sides
from resolver.cli.diff_output import as_github, as_markdown, as_text
from resolver.cli.html_map import write_difference
from resolver.cli.output import echo, echo_command, echo_note, style
from resolver.cli.policy_place import own_policy, policy_path
from resolver.diagnostics import as_lines, github_command
from resolver.json_forms.difference_json import difference_json


@click.command(
    epilog="""\b
Example: what have I changed since the last commit, and what does a branch change?
  $ resolver diff HEAD
  $ resolver diff main feature --format markdown
""",
)
@click.argument("old", shell_complete=sides, callback=options.not_empty)
@click.argument("new", required=False, shell_complete=sides, callback=options.not_empty)
@click.option("--allow-lower", is_flag=True, help="Do not fail when the change lowers an agent.")
@click.option("--allow-new", is_flag=True, help="Do not fail when OLD is a revision without the policy.")
@options.html
@options.policies
@options.output_format("text", "json", "github", "markdown")
@options.report_errors
def diff(
    *,
    old: str,
    new: str | None,
    allow_lower: bool,
    allow_new: bool,
    html: Path | None,
    policies: Path | None,
    output_format: str,
) -> None:
    """Compare OLD and NEW by their decisions, not by their text.

    Each is a policy directory, a file, or a git revision of the policy's repository. NEW defaults to the policy as it
    is. The command shows requests whose tier rises or falls, outcomes with another effect, models, and affected
    escalations in force, in groups with a witness. Policies without such a difference are `equivalent`. Exit code 1
    if the change lowers an agent.
    """
    are_paths = new is not None and Path(old).exists() and Path(new).exists()
    path = policy_path(policies) if are_paths else own_policy(policies)
    if allow_new and (why := nothing_at(old, path)):
        _show_new(old, why, of_path(path) if new is None else side(new, path), output_format)
        if html is not None:
            echo_note(f"`{html}` is not written: there is nothing to compare with")
        return
    before = side(old, path)
    after = of_path(path) if new is None else side(new, path)
    difference = compare(before.table, after.table)
    if html is not None:
        write_difference(html, before, after, difference)
    if output_format == "json":
        options.print_json(difference_json(before, after, difference))
    elif output_format == "github":
        for line in as_github(before, after, difference, allow_lower=allow_lower):
            echo_command(line)
    else:
        echo((as_markdown if output_format == "markdown" else as_text)(before, after, difference))
    if difference.lowers and not allow_lower:
        raise SystemExit(options.FINDINGS)


def _show_new(old: str, why: str, new: Side, output_format: str) -> None:
    """Print that the policy is new, so that there is nothing to compare it with."""
    name, revision = new.name, new.table.policy.revision
    message = f"{name} ({revision}): {why}, so there is nothing to compare with"
    if output_format == "json":
        sides = {"old": {"name": old, "revision": None}, "new": {"name": name, "revision": revision}}
        groups: dict[str, list[object]] = {
            of: []
            for of in (
                "requests",
                "outcomes",
                "models",
                "providers",
                "escalations",
                "refused_facts",
                "accepted_facts",
                "fact_effects",
            )
        }
        options.print_json({"verdict": "new", "lowers": False, **sides, **groups})
    elif output_format == "github":
        echo_command(github_command("notice", f"new, {message}", title="policy diff"))
    elif output_format == "markdown":
        echo(as_lines("### Policy: new", "", f"{message}."))
    else:
        echo(f"verdict: {style('new', 'good')}, {message}")
