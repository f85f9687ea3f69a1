"""`resolver rename`: give a role, a phase, a tier, a fact, a triad or a rule another name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from resolver.author import Edits, PolicyFiles, PolicyNames, not_there, rename_edits, ruleset_of_rule
from resolver.cli import options
from resolver.cli.output import confirm, echo, echo_note
from resolver.cli.policy_place import own_policy
from resolver.cli.shown_edits import diff_of, show_diff
from resolver.domain import NameKind, Renaming, RulesetName
from resolver.facade import Resolver
from resolver.facade.renaming import check_nothing_waits, learned_names, rename_everywhere, renaming_to_finish
from resolver.loader import place_of_policy
from resolver.state import NewContent

_MOST_NOTED = 5


@click.command(
    epilog="""\b
Example: the role gets a better name, and keeps what it has learned.
  $ resolver rename role worker_a builder
""",
)
@click.argument("kind", type=click.Choice([str(kind) for kind in NameKind]))
@click.argument("old", shell_complete=options.completed("names_of_kind"))
@click.argument("new")
@click.option(
    "--ruleset",
    type=click.Choice([str(name) for name in RulesetName]),
    help="The ruleset of a rule, if both have one of this name.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.policies
@options.state
@options.output_format("text", "json")
@options.report_errors
def rename(
    *,
    kind: str,
    old: str,
    new: str,
    ruleset: str | None,
    yes: bool,
    policies: Path | None,
    state_url: str | None,
    output_format: str,
) -> None:
    """Rename OLD to NEW in rows, rules, tests and learned entries, after showing the difference.

    Only the names change: comments, quotes and the layout of the files stay. Streaks and history follow, and recorded
    outcomes in the file beside the policy; a rule keeps its old name there. NEW must not be taken. If the command is
    killed, the same command finishes what it began.
    """
    kind_of_name = NameKind(kind)
    if ruleset and kind_of_name is not NameKind.RULE:
        options.fail(f"--ruleset is for rules, and this is a {kind}")
    path = own_policy(policies)
    if place_of_policy(policies).is_read_only:
        options.fail(f"the shipped policy `{path}` is read-only; `resolver init DIR` makes one that is yours")
    interrupted = renaming_to_finish(path, state_url, Renaming(kind_of_name, old, new, ruleset=ruleset or ""))
    finishes = interrupted is not None
    learned: list[str] = []
    if interrupted is not None:
        ruleset = ruleset or interrupted.ruleset
        echo_note("this renaming was interrupted, and is finished now")
    else:
        with Resolver.open(path, state=state_url) as resolver:
            check_nothing_waits(resolver)
            learned = sorted(learned_names(resolver, kind_of_name))
    files = PolicyFiles(path)
    names = PolicyNames(files.texts)
    of = ruleset_of_rule(names, old, ruleset or "") if kind_of_name is NameKind.RULE else ""
    edits = rename_edits(files.texts, kind_of_name, old, new, of, finishes=finishes, names=names)
    if not (edits or finishes or old in learned):
        raise not_there(names, kind_of_name, old, learned)
    lines = diff_of(edits, files.texts.texts)
    if output_format == "text" or not yes:
        if lines:
            show_diff(lines, err=output_format == "json")
        else:
            echo(f"no file of the policy has `{old}`", err=output_format == "json")
    if not yes:
        where = f"{_places(edits)}, and in what was learned" if edits else "what was learned"
        if not confirm(f"Rename the {kind} `{old}` to `{new}` in {where}?"):
            options.fail("nothing was renamed; --yes does it without asking")
    contents = {file: NewContent(*content) for file, content in files.changed(edits).items()}
    renaming = Renaming(kind_of_name, old, new, names.tier_facts, of)
    rows = rename_everywhere(path, state_url, renaming, contents, finishes=finishes)
    if output_format == "json":
        options.print_json(
            {
                "kind": kind,
                "old": old,
                "new": new,
                "files": [{"file": str(file), "places": len(of)} for file, of in edits.items()],
                "rows": rows,
                "diff": lines,
            }
        )
    else:
        echo(f"{old} → {new}: {_places(edits)}, {rows:,} {'row' if rows == 1 else 'rows'} of what was learned")
    _note_what_is_left(names, kind, old, new)


def _places(edits: Edits) -> str:
    places = sum(len(of) for of in edits.values())
    of_files = f"{len(edits):,} {'file' if len(edits) == 1 else 'files'}"
    return f"{places:,} {'place' if places == 1 else 'places'} of {of_files}"


def _note_what_is_left(names: PolicyNames, kind: str, old: str, new: str) -> None:
    """Print what only people can change: their applications, and the rest of an application's file."""
    if kind == NameKind.RULE:
        echo_note(f"history, decision logs and recorded outcomes keep the name `{old}` for what the rule decided")
    elif kind != NameKind.TIER:
        verb = "give" if kind == NameKind.FACT else "name"
        echo_note(f"applications that {verb} the {kind} `{old}` must {verb} `{new}` from now on")
    left = names.elsewhere(old)
    if left:
        lines = _numbers([node.place.line for node in left])
        echo_note(f"`{names.texts.path}` also has `{old}` outside of the policy's sections, in {lines}; it is kept")


def _numbers(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_NOTED]))
    more = f" and {len(lines) - _MOST_NOTED:,} more" if len(lines) > _MOST_NOTED else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
