"""Decision tables as HTML pages: a heat map that can be read without colour, by mouse and by keyboard."""

from __future__ import annotations

import html
from pathlib import Path

from resolver.author import Answer, Cell, Difference, GridRow, Matrix, Most, Name, Side, matrix
from resolver.author.diff.diff_words import MOST_NAMES, Words, names, of_triads
from resolver.cli import options
from resolver.cli.html_facts import Shown, data, fields
from resolver.cli.html_frame import escape, page, shades
from resolver.diagnostics import visible
from resolver.domain import Facts
from resolver.table import ANY_OTHER

MOST = Most(rows=300, phases=24, cells=10_000)
"""The part of a decision table that one page shows: some megabytes."""
MOST_LISTED, MOST_UNFOLDED = 1_000, 30
"""Names of one list that a page shows, and names in the heading of a row that are shown without a click."""
_SIGNS = {"raises": "▲", "lowers": "▼", "changes": "◆"}


def write_table(file: Path, side: Side, given: Facts) -> None:
    """Write the decision table of a policy, for requests with the facts `given`."""
    grid = matrix(side.table, side.table, MOST, given)
    intro = f"<p>Revision {side.table.policy.revision}. {_how(grid, side, given)}</p>"
    body = f"<h1>Decision table of {escape(side.name)}</h1>\n{intro}\n{_legend(side)}\n{_map(grid, side)}"
    _write(file, page(f"Decision table of {side.name}", body, _shades(side)))


def write_difference(file: Path, old: Side, new: Side, difference: Difference) -> None:
    """Write the differences between two policies, as a table and in words."""
    title = f"Policy difference: {difference.verdict}"
    grid = matrix(old.table, new.table, MOST)
    sides = (f"{escape(side.name)} ({side.table.policy.revision})" for side in (old, new))
    parts = [
        f"<h1>{title}</h1>",
        f"<p>From {' to '.join(sides)}. {_how(grid, new, {})} Changed cells have a frame and a sign.</p>",
    ]
    parts += [_legend(new, signs=True), _map(grid, old, new)]
    for section, lines in Words(old, new, MOST_LISTED).sections(difference):
        parts.append(f'<h2>{escape(section.capitalize())}</h2>\n<ul class="changes">')
        for line in lines[: MOST.rows]:
            who = f"{line.who}; {line.when}" if line.when else line.who
            more = [f"<p>by {escape(line.rules)}</p>"] if line.rules else []
            more += [f"<p>row {escape(line.rows)}</p>"] if line.rows else []
            more += [f"<p>witness: {escape(line.witness)}</p>"] if line.witness else []
            what = f"{_SIGNS[line.direction]} {line.direction}: {escape(f'{who}: {line.change}')}"
            parts.append(f"<li><strong>{what}</strong>{''.join(more)}</li>")
        parts.append("</ul>")
        parts += [f"<p>… and {len(lines) - MOST.rows:,} more.</p>"] if len(lines) > MOST.rows else []
    _write(file, page(title, "\n".join(parts), _shades(new)))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        options.fail(f"cannot write `{file}`: {error.strerror or error}")


def _how(grid: Matrix, side: Side, given: Facts) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in given.items())
    which = (
        f'<span class="given" aria-live="polite">{escape(f"with {facts}" if facts else "without extra facts")}</span>'
    )
    more = "" if grid.choices is None else " Other facts can be chosen below."
    if grid.choices is None and any(name in side.table.tier.universe.levels for name in side.table.policy.facts):
        more = " There are too many extra facts to choose from."
    return f"Requests {which}; a cell shows its rule on hover, at a tap, or with the Tab and arrow keys.{more}"


def _legend(side: Side, *, signs: bool = False) -> str:
    ladder = side.table.policy.model_tiers.ladder.tiers
    items = [f'<li class="{_tier_class(tier, side)}">{escape(tier)}</li>' for tier in ladder]
    items += [f"<li>{sign} {word}</li>" for word, sign in _SIGNS.items()] if signs else []
    return f'<ul class="legend" aria-label="tiers, lowest first">{"".join(items)}</ul>'


def _map(grid: Matrix, *sides: Side) -> str:
    wide = len(grid.entries)
    heads = (_listed(_phases(phase), _phases(phase, MOST_LISTED), len(phase)) for phase in grid.phases)
    phases = "".join(f'<th scope="colgroup" colspan="{wide}">{head}</th>' for head in heads)
    entries = "".join(f'<th scope="col">{escape(_entry(entry))}</th>' for _ in grid.phases for entry in grid.entries)
    head = f'<tr><th scope="col" rowspan="2">role</th>{phases}</tr><tr>{entries}</tr>'
    body = "\n".join(_row(row, grid, sides) for row in grid.rows)
    left = [(grid.more_rows, "row"), (grid.more_phases, "phase")]
    more = " and ".join(f"{count:,} more {what}{'s' * (count > 1)}" for count, what in left if count)
    more = f"<p>… and {more}, which this page leaves out.</p>" if more else ""
    caption = "<span>Roles by phase and escalated tier; roles with the same decisions share a row.</span>"
    table = f'<table class="map"><caption>{caption}</caption><thead>{head}</thead><tbody>\n{body}\n</tbody></table>'
    hint = '<p class="hint" hidden>The table is wider than the page: scroll it sideways. ⇄</p>'
    region = '<div class="scroll" role="region" aria-label="decision table" tabindex="0">'
    chosen = after = ""
    if grid.choices is not None:
        chosen, after = fields(grid.choices), data(grid.choices, sides, _shown, _SIGNS)
    return f'{more}{chosen}{hint}<div class="wide">{region}{table}</div></div>{after}'


def _listed(short: str, full: str, count: int) -> str:
    """Return a list of names; a long one can be folded, and a very long one is folded at first."""
    if short == full:
        return escape(short)
    unfolded = " open" if count <= MOST_UNFOLDED else ""
    return f"<details{unfolded}><summary>{count:,} names</summary>{escape(full)}</details>"


def _row(row: GridRow, grid: Matrix, sides: tuple[Side, ...]) -> str:
    who, everyone = (
        names(row.roles, "any other role", most=most) + of_triads(row.triads, every=not row.triads, most=most)
        for most in (MOST_NAMES, MOST_LISTED)
    )
    wide = len(grid.entries)
    cells = []
    for index, cell in enumerate(row.cells):
        phase, entry = grid.phases[index // wide], grid.entries[index % wide]
        where = f"{who}, {_phases(phase)}, {_entry(entry)}"
        classes = ["first"] if index % wide == 0 else []
        nodes = "" if grid.choices is None else f' data-nodes="{" ".join(map(str, cell.nodes[-len(sides) :]))}"'
        cells.append(_cell(cell, where, classes, nodes, sides))
    head = _listed(who, everyone, max(len(row.roles), len(row.triads)))
    return f'<tr><th scope="row">{head}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell, where: str, classes: list[str], nodes: str, sides: tuple[Side, ...]) -> str:
    """Return a cell. The script writes the same text when other facts are chosen."""
    now, style, why = _shown(cell.new, sides[-1])
    shown = now
    if cell.way is not None:
        classes = [*classes, "changed"]
        before, _, was = _shown(cell.old, sides[0])
        shown = f"{_SIGNS[cell.way]} {before} → {now}"
        why = f"{cell.way}: {before} → {now}\nwas {was}\nis {why}"
    label = f"{visible(where)}: {now}, {why}".replace("\n", ", ")
    tip = f'<span class="why" aria-hidden="true">{html.escape(why)}</span>'
    attributes = f'class="{" ".join([style, *classes])}" tabindex="0" aria-label="{html.escape(label)}"{nodes}'
    return f"<td {attributes}>{html.escape(shown)}{tip}</td>"


def _shown(answer: Answer, side: Side) -> Shown:
    """Return an answer as a cell shows it: each part on one line, with lines between them."""
    tier, rule = answer.tier or "undecided", answer.rule
    parts = ["no rule"] if rule is None else [f"{rule.name} ({rule.place})", rule.because]
    return visible(tier), _tier_class(tier, side), "\n".join(visible(part) for part in parts if part)


def _tier_class(tier: str, side: Side) -> str:
    ladder = side.table.policy.model_tiers.ladder
    return f"tier-{ladder.rank(tier)}" if tier in ladder.tiers else "no-tier"


def _shades(side: Side) -> str:
    return shades(len(side.table.policy.model_tiers.ladder.tiers))


def _phases(phases: tuple[Name, ...], most: int = MOST_NAMES) -> str:
    if None in phases and ANY_OTHER in phases and len(phases) == 2:
        return "no phase, any other phase"
    listed = names(phases, "any other phase", "no phase", most=most)
    return f"phase {listed}" if isinstance(phases[0], str) else listed


def _entry(entry: str | None) -> str:
    return f"escalated to {entry}" if entry else "not escalated"
