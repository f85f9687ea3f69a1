"""Output formats of `resolver diff` for people: text, Markdown for a pull request, and annotations."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.author import Difference, Direction, Side
from resolver.author.diff.diff_lines import Line
from resolver.author.diff.diff_words import Words
from resolver.cli.output import style
from resolver.diagnostics import as_lines, github_command
from resolver.diagnostics.markdown import markdown_row, markdown_text

MOST_GROUPS = 25
"""Groups of one section that are shown."""
MOST_PLACES = 6
"""Places of one group that are annotated."""
_STYLES = {Direction.LOWERS: "error", Direction.RAISES: "good", Direction.CHANGES: "warning"}


def as_text(old: Side, new: Side, difference: Difference) -> str:
    """Return the differences as text for a terminal."""
    lines = []
    for title, groups in Words(old, new).sections(difference):
        lines.append(style(title, "head"))
        for group in groups[:MOST_GROUPS]:
            who = f"{group.who}; {group.when}" if group.when else group.who
            lines.append(f"  {style(f'{group.direction:<8}', _STYLES[group.direction])}{who}: {group.change}")
            if group.rules:
                lines.append(style(f"          by {group.rules}", "dim"))
            if group.rows:
                lines.append(style(f"          row {group.rows}", "dim"))
            if group.witness:
                lines.append(f"          witness: {group.witness}")
        lines += [f"  … and {len(groups) - MOST_GROUPS:,} more"] if len(groups) > MOST_GROUPS else []
        lines.append("")
    verdict = f"verdict: {style(difference.verdict, _verdict_style(difference))}"
    return as_lines(*lines, f"{verdict}, from {_revision(old)} to {_revision(new)}")


def as_markdown(old: Side, new: Side, difference: Difference) -> str:
    """Return the differences as Markdown for a comment in a pull request."""
    lines = [
        f"### Policy: {difference.verdict}",
        "",
        f"From {markdown_text(_revision(old))} to {markdown_text(_revision(new))}.",
    ]
    if difference.verdict == "equivalent":
        lines[-1] += " Every request and every outcome is decided as before."
    for title, groups in Words(old, new).sections(difference):
        lines += ["", f"**{title.capitalize()}**", "", "| | who | when | change | decided by | witness |"]
        lines.append("|---|---|---|---|---|---|")
        for group in groups[:MOST_GROUPS]:
            by = f"{group.rules}; row {group.rows}" if group.rows else group.rules
            cells = (group.direction, group.who, group.when, group.change, by, group.witness)
            lines.append(markdown_row(map(markdown_text, cells)))
        if len(groups) > MOST_GROUPS:
            lines += ["", f"… and {len(groups) - MOST_GROUPS:,} more."]
    return as_lines(*lines)


def as_github(old: Side, new: Side, difference: Difference, *, allow_lower: bool) -> Iterator[str]:
    """Yield workflow commands for each group, where its cause is in the new policy, and one for the verdict."""
    for title, groups in Words(old, new).sections(difference):
        for group in groups[:MOST_GROUPS]:
            lowers = group.direction is Direction.LOWERS
            level = ("warning" if allow_lower else "error") if lowers else "notice"
            message = f"{group.who}; {group.when}: {group.change}" if group.when else f"{group.who}: {group.change}"
            message += f"\nrow {group.rows}" if group.rows else ""
            message += f"\nwitness: {group.witness}" if group.witness else ""
            for file, line in _annotated(group, new):
                yield github_command(level, message, title=f"{title}: {group.direction}", file=file, line=line)
    message = f"{difference.verdict}, from {_revision(old)} to {_revision(new)}"
    yield github_command("notice", message, title="policy diff")


def _verdict_style(difference: Difference) -> str:
    return "error" if difference.lowers else "good"


def _revision(side: Side) -> str:
    return f"{side.name} ({side.table.policy.revision})"


def _annotated(group: Line, new: Side) -> list[tuple[str | None, int | None]]:
    """Return the file and the line of the first places of a group, with paths in the repository; None for no place."""
    lines = dict.fromkeys((place.source.name.removeprefix(f"{new.name}:"), place.line) for place in group.places)
    return [*[*lines][:MOST_PLACES]] or [(None, None)]
