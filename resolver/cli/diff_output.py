"""Output formats of `resolver diff`: text, Markdown for a pull request, annotations, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resolver.author import (
    Answer,
    Difference,
    Direction,
    Name,
    OutcomeEffect,
    OutcomeGroup,
    RequestGroup,
    Side,
)
from resolver.cli.diff_words import Line, Words
from resolver.cli.output import style
from resolver.domain import Rule
from resolver.table import ANY_OTHER

MOST_GROUPS = 25
"""Groups of one section that are shown to people; JSON has all groups."""
_STYLES = {Direction.LOWERS: "error", Direction.RAISES: "good", Direction.CHANGES: "warning"}


def as_text(old: Side, new: Side, found: Difference) -> str:
    """Return the differences as text for a terminal."""
    lines = []
    for title, groups in Words(old, new).sections(found):
        lines.append(style(title, "head"))
        for group in groups[:MOST_GROUPS]:
            who = f"{group.who}; {group.when}" if group.when else group.who
            lines.append(f"  {style(f'{group.direction:<8}', _STYLES[group.direction])}{who}: {group.change}")
            if group.rules:
                lines.append(style(f"          by {group.rules}", "dim"))
            if group.witness:
                lines.append(f"          witness: {group.witness}")
        lines += [f"  … and {len(groups) - MOST_GROUPS:,} more"] if len(groups) > MOST_GROUPS else []
        lines.append("")
    verdict = f"verdict: {style(found.verdict, _verdict_style(found))}"
    return "\n".join([*lines, f"{verdict}, from {_revision(old)} to {_revision(new)}"])


def as_markdown(old: Side, new: Side, found: Difference) -> str:
    """Return the differences as Markdown for a comment in a pull request."""
    lines = [f"### Policy: {found.verdict}", "", f"From {_plain(_revision(old))} to {_plain(_revision(new))}."]
    if found.verdict == "equivalent":
        lines[-1] += " Every request and every outcome is decided as before."
    for title, groups in Words(old, new).sections(found):
        lines += ["", f"**{title.capitalize()}**", "", "| | who | when | change | decided by | witness |"]
        lines.append("|---|---|---|---|---|---|")
        for group in groups[:MOST_GROUPS]:
            cells = (group.direction, group.who, group.when, group.change, group.rules, group.witness)
            lines.append(f"| {' | '.join(map(_plain, cells))} |")
        if len(groups) > MOST_GROUPS:
            lines += ["", f"… and {len(groups) - MOST_GROUPS:,} more."]
    return "\n".join(lines)


def as_github(old: Side, new: Side, found: Difference, *, allow_lower: bool) -> Iterator[str]:
    """Yield a workflow command for each group, at the rule that decides now, and one for the verdict."""
    for title, groups in Words(old, new).sections(found):
        for group in groups[:MOST_GROUPS]:
            lowers = group.direction is Direction.LOWERS
            level = ("warning" if allow_lower else "error") if lowers else "notice"
            where = _annotated(group, new)
            said = f"{group.who}; {group.when}: {group.change}" if group.when else f"{group.who}: {group.change}"
            said += f"\nwitness: {group.witness}" if group.witness else ""
            yield f"::{level} {where}title={_escaped(f'{title}: {group.direction}', prop=True)}::{_escaped(said)}"
    yield f"::notice title=policy diff::{found.verdict}, from {_escaped(_revision(old))} to {_escaped(_revision(new))}"


def as_json(old: Side, new: Side, found: Difference) -> dict[str, Any]:
    """Return the differences as JSON, with all groups."""

    def answers(one: Any) -> dict[str, Any]:
        return {"old": _answer(one.old, old), "new": _answer(one.new, new)}

    return {
        "verdict": found.verdict,
        "lowers": found.lowers,
        "old": {"name": old.name, "revision": old.table.policy.revision},
        "new": {"name": new.name, "revision": new.table.policy.revision},
        "requests": [{"direction": one.direction, **_who(one.who), **answers(one)} for one in found.requests],
        "outcomes": [
            {
                "direction": one.direction,
                **_who(one.who),
                **_occasion(one.occasion),
                **answers(one),
                "witness": {**_who(one.witness[0]), **_occasion(one.witness[1])} if one.witness else None,
            }
            for one in found.outcomes
        ],
        "models": [
            {"tier": one.tier, "provider": one.provider or None, "old": one.old, "new": one.new} for one in found.models
        ],
        "escalations": [
            {
                "direction": one.direction,
                "subjects": [{"triad": subject.triad, "role": subject.role} for subject in one.subjects],
                "old_entry": one.old_entry,
                "new_entry": one.new_entry,
                **_names("phases", (one.phase,)),
                **answers(one),
            }
            for one in found.entries
        ],
        "refused_facts": list(found.refused),
        "accepted_facts": list(found.accepted),
    }


def _verdict_style(found: Difference) -> str:
    return "error" if found.lowers else "good"


def _revision(side: Side) -> str:
    return f"{side.name} ({side.table.policy.revision})"


def _annotated(group: Line, new: Side) -> str:
    if group.rule is None:
        return ""
    file, _, line = str(group.rule.place).rpartition(":")
    return f"file={_escaped(file, prop=True)},line={line},"


def _escaped(text: str, *, prop: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if prop else text


def _plain(text: str) -> str:
    """Return Markdown that shows `text` literally, on a line of its own or in a cell."""
    for mark in ("\\", "|", "`", "*", "_", "~", "<", "&", "[", "@", "#"):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _who(who: RequestGroup) -> dict[str, Any]:
    of = {**_names("roles", who.roles), **_names("triads", who.triads), **_names("phases", who.phases)}
    return {**of, "escalated": list(who.entries), "facts": dict(who.facts)}


def _occasion(occasion: OutcomeGroup) -> dict[str, Any]:
    result = "failure" if occasion.failed else "success"
    return {"result": result, "strikes": list(occasion.strikes), **_names("kinds", occasion.kinds)}


def _names(what: str, of: tuple[Name, ...]) -> dict[str, Any]:
    singular = what.removesuffix("s")
    found: dict[str, Any] = {what: [name for name in of if isinstance(name, str)]}
    found[f"other_{what}"] = ANY_OTHER in of
    return {**found, f"no_{singular}": None in of} if what in ("phases", "kinds") else found


def _answer(one: Answer | OutcomeEffect, side: Side) -> dict[str, Any]:
    rule: Rule | None = one.rule
    by = {"rule": rule.name if rule else None, "where": str(rule.place) if rule else None}
    return {"tier": one.tier, **by} if isinstance(one, Answer) else {"effect": one.effect, "to": one.to_tier, **by}
