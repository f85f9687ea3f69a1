"""Decision tables as HTML pages: a heat map that can be read without colour, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

from resolver.author import Answer, Cell, Difference, GridRow, Matrix, Name, Side, matrix
from resolver.cli import options
from resolver.cli.diff_words import Words, names, of_triads
from resolver.cli.html_frame import escape, page, shade
from resolver.table import ANY_OTHER

MOST_CELLS, MOST_ROWS, MOST_PHASES = 10_000, 300, 24
"""The part of a decision table that one page shows: some megabytes."""
_SIGNS = {"raises": "▲", "lowers": "▼", "changes": "◆"}


def write_table(file: Path, side: Side) -> None:
    """Write the decision table of a policy."""
    grid = _part(side, side)
    intro = f"<p>Revision {side.table.policy.revision}. {_how()}</p>"
    body = f"<h1>Decision table of {escape(side.name)}</h1>\n{intro}\n{_legend(side)}\n{_map(grid, side, side)}"
    _write(file, page(f"Decision table of {side.name}", body))


def write_difference(file: Path, old: Side, new: Side, difference: Difference) -> None:
    """Write the differences between two policies, as a table and in words."""
    title = f"Policy difference: {difference.verdict}"
    sides = (f"{escape(side.name)} ({side.table.policy.revision})" for side in (old, new))
    parts = [f"<h1>{title}</h1>", f"<p>From {' to '.join(sides)}. {_how()} Changed cells have a frame and a sign.</p>"]
    parts += [_legend(new, signs=True), _map(_part(old, new), old, new)]
    for section, lines in Words(old, new).sections(difference):
        parts.append(f"<h2>{escape(section.capitalize())}</h2>\n<dl>")
        for line in lines[:MOST_ROWS]:
            who = f"{line.who}; {line.when}" if line.when else line.who
            parts.append(f"<dt>{_SIGNS[line.direction]} {line.direction}: {escape(f'{who}: {line.change}')}</dt>")
            parts += [f"<dd>by {escape(line.rules)}</dd>"] if line.rules else []
            parts += [f"<dd>witness: {escape(line.witness)}</dd>"] if line.witness else []
        parts.append("</dl>")
        parts += [f"<p>… and {len(lines) - MOST_ROWS:,} more.</p>"] if len(lines) > MOST_ROWS else []
    _write(file, page(title, "\n".join(parts)))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        options.fail(f"cannot write `{file}`: {error.strerror or error}")


def _how() -> str:
    return "Requests without extra facts; the rule of a cell is shown on hover, or with the Tab and arrow keys."


def _legend(side: Side, *, signs: bool = False) -> str:
    ladder = side.table.policy.model_tiers.ladder.tiers
    items = [f'<li style="{_style(tier, side)}">{escape(tier)}</li>' for tier in ladder]
    items += [f"<li>{sign} {word}</li>" for word, sign in _SIGNS.items()] if signs else []
    return f'<ul class="legend" aria-label="tiers, lowest first">{"".join(items)}</ul>'


def _part(old: Side, new: Side) -> Matrix:
    return matrix(old.table, new.table, most_rows=MOST_ROWS, most_phases=MOST_PHASES, most_cells=MOST_CELLS)


def _map(grid: Matrix, old: Side, new: Side) -> str:
    wide = len(grid.entries)
    phases = "".join(f'<th scope="colgroup" colspan="{wide}">{escape(_phases(phase))}</th>' for phase in grid.phases)
    entries = "".join(f'<th scope="col">{escape(_entry(entry))}</th>' for _ in grid.phases for entry in grid.entries)
    head = f'<tr><th scope="col" rowspan="2">role</th>{phases}</tr><tr>{entries}</tr>'
    body = "\n".join(_row(row, grid, old, new) for row in grid.rows)
    left = [(grid.more_rows, "row"), (grid.more_phases, "phase")]
    more = " and ".join(f"{count:,} more {what}{'s' * (count > 1)}" for count, what in left if count)
    more = f"<p>… and {more}, which this page leaves out.</p>" if more else ""
    caption = "Roles by phase and escalated tier; roles with the same decisions share a row."
    table = f'<table class="map"><caption>{caption}</caption><thead>{head}</thead><tbody>\n{body}\n</tbody></table>'
    return f'{more}<div class="scroll">{table}</div>'


def _row(row: GridRow, grid: Matrix, old: Side, new: Side) -> str:
    who = names(row.roles, "any other role") + of_triads(row.triads, every=not row.triads)
    wide = len(grid.entries)
    cells = []
    for index, cell in enumerate(row.cells):
        phase, entry = grid.phases[index // wide], grid.entries[index % wide]
        where = f"{who}, {_phases(phase)}, {_entry(entry)}"
        classes = ["first"] if index % wide == 0 else []
        classes += ["last"] if index // wide == len(grid.phases) - 1 else []
        cells.append(_cell(cell, where, classes, old, new))
    return f'<tr><th scope="row">{escape(who)}</th>{"".join(cells)}</tr>'


def _cell(cell: Cell, where: str, classes: list[str], old: Side, new: Side) -> str:
    now, why = cell.new.tier or "undecided", _why(cell.new, new)
    shown = escape(now)
    if cell.way is not None:
        classes = [*classes, "changed"]
        before = cell.old.tier or "undecided"
        shown = f"{_SIGNS[cell.way]} {escape(before)} → {escape(now)}"
        why = f"{cell.way}: {before} → {now}\nwas {_why(cell.old, old)}\nis {why}"
    label = f"{where}: {now}, {why}".replace("\n", ", ")
    kind = f' class="{" ".join(classes)}"' if classes else ""
    style = _style(now, new)
    tip = f'<span class="why" aria-hidden="true">{escape(why)}</span>'
    return f'<td{kind} tabindex="0" style="{style}" aria-label="{escape(label)}">{shown}{tip}</td>'


def _why(answer: Answer, side: Side) -> str:
    if answer.rule is None:
        return "no rule"
    because = f"\n{answer.rule.because}" if answer.rule.because else ""
    return f"{answer.rule.name} ({answer.rule.place}){because}"


def _style(tier: str, side: Side) -> str:
    ladder = side.table.policy.model_tiers.ladder
    if tier not in ladder.tiers:
        return "background:#fff;color:#000"
    background, text = shade(ladder.rank(tier), len(ladder.tiers))
    return f"background:{background};color:{text}"


def _phases(phases: tuple[Name, ...]) -> str:
    if None in phases and ANY_OTHER in phases and len(phases) == 2:
        return "no phase, any other phase"
    listed = names(phases, "any other phase", "no phase")
    return f"phase {listed}" if isinstance(phases[0], str) else listed


def _entry(entry: str | None) -> str:
    return f"escalated to {entry}" if entry else "not escalated"
