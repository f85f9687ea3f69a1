"""The decision tables of one or two policies as a grid: roles by phases and escalated tiers."""

from __future__ import annotations

from types import MappingProxyType

from resolver.author.diff.difference import Direction, Name, direction
from resolver.author.diff.fact_choices import Choices, choices
from resolver.author.diff.name_groups import Alike, Roles
from resolver.author.diff.request_groups import Questions
from resolver.domain import Facts
from resolver.frozen import frozen
from resolver.table import ANY_OTHER, Answer, DecisionTable
from resolver.table.complexity import bounded


@frozen
class Cell:
    """The answers under the old and the new policy; `way` is None if the tier is the same.

    `nodes` are the nodes of both diagrams at which only extra facts are still unknown.
    """

    old: Answer
    new: Answer
    way: Direction | None
    nodes: tuple[int, int]


@frozen
class GridRow:
    """Roles and triads (empty: any triad) with the same cells: one for each phase and entry."""

    roles: tuple[Name, ...]
    triads: tuple[Name, ...]
    cells: tuple[Cell, ...]

    @property
    def changes(self) -> bool:
        """Return whether any of the cells differs."""
        return any(cell.way is not None for cell in self.cells)


@frozen
class Matrix:
    """Decisions for requests with the same extra facts; phases with the same cells are one column.

    `more_rows` and `more_phases` count what is left out. `choices` are the extra facts that requests can have.
    """

    phases: tuple[tuple[Name, ...], ...]
    entries: tuple[str | None, ...]
    rows: tuple[GridRow, ...]
    more_rows: int = 0
    more_phases: int = 0
    choices: Choices | None = None


@frozen
class Most:
    """The largest part of a decision table to show."""

    rows: int
    phases: int
    cells: int


@frozen
class _Line:
    """Roles in triads that decide alike, with their cells by phase; ANY_OTHER is every unlisted phase.

    `groups` is the number of groups of triads that these roles have.
    """

    roles: Roles
    triads: Alike
    groups: int
    cells: dict[Name, tuple[Cell, ...]]

    def of(self, phase: Name) -> tuple[Cell, ...]:
        """Return the cells of a phase, one for each entry."""
        return self.cells.get(phase, self.cells[ANY_OTHER])


def matrix(old: DecisionTable, new: DecisionTable, most: Most, given: Facts = MappingProxyType({})) -> Matrix:
    """Return the decisions of two policies side by side, or of one policy if both are the same.

    If there are too many phases, rows or cells, those with changes come first.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.
        most: The largest part to return.
        given: The extra facts of the requests.

    """
    questions = Questions(old, new)
    with bounded(new.tier.rules, new.tier.universe):
        lines = [line for roles in questions.names.roles for line in _lines(questions, roles, given)]
    columns: dict[object, list[Name]] = {}
    changed: set[Name] = set()
    apart: dict[Name, dict[int, tuple[Cell, ...]]] = {phase: {} for phase in questions.names.all_phases}
    for index, line in enumerate(lines):
        others = line.cells[ANY_OTHER]
        for phase, cells in line.cells.items():
            if cells != others:
                apart[phase][index] = cells
            if any(cell.way is not None for cell in cells):
                changed.add(phase)
    for phase, different in apart.items():
        columns.setdefault(tuple(different.items()), []).append(phase)
    groups = sorted(columns.values(), key=changed.isdisjoint)
    phases = sorted(groups[: most.phases], key=[*columns.values()].index)
    entries = tuple(questions.entries)
    rows = _rows(lines, [group[0] for group in phases])
    kept = max(min(most.rows, most.cells // (len(phases) * len(entries))), 1)
    shown = sorted(rows, key=lambda row: not row.changes)[:kept]
    more = sum(len(group) for group in groups[most.phases :])
    nodes = [cell.nodes for row in shown for cell in row.cells]
    tables = (old, new) if old is not new else (new,)
    starts = tuple([of[index] for of in nodes] for index in range(len(tables)))
    to_choose = choices(tables, starts, given)
    return Matrix(tuple(map(tuple, phases)), entries, tuple(shown), len(rows) - len(shown), more, to_choose)


def _lines(questions: Questions, roles: Roles, given: Facts) -> list[_Line]:
    names = questions.names
    groups = names.triads(roles)
    return [
        _Line(
            roles,
            triads,
            len(groups),
            {
                name: tuple(_cell(questions, (roles, phase, entry), given) for entry in questions.entries)
                for phase in names.phases(roles, triads.nodes)
                for name in phase.names
            },
        )
        for triads in groups
    ]


def _rows(lines: list[_Line], phases: list[Name]) -> list[GridRow]:
    """Return a row for all roles and triads with the same cells in these phases."""
    by_cells: dict[tuple[Cell, ...], dict[Roles, list[_Line]]] = {}
    for line in lines:
        cells = tuple(cell for phase in phases for cell in line.of(phase))
        by_cells.setdefault(cells, {}).setdefault(line.roles, []).append(line)
    rows: list[GridRow] = []
    for cells, by_roles in by_cells.items():
        joined: dict[tuple[Name, ...], list[Name]] = {}
        for roles, of_roles in by_roles.items():
            triads = tuple(name for line in of_roles for name in line.triads.names)
            joined.setdefault(() if len(of_roles) == of_roles[0].groups else triads, []).extend(roles.names)
        rows += [GridRow(tuple(names), triads, cells) for triads, names in joined.items()]
    return rows


def _cell(questions: Questions, request: tuple[Roles, Alike, str | None], given: Facts) -> Cell:
    places = [questions.place(index, *request) for index in (0, 1)]
    old, new = (place.question.answer(place.question.after(given, node=place.node)) for place in places)
    way = None if old.tier == new.tier else direction(*questions.ladders, old.tier, new.tier)
    return Cell(old, new, way, (places[0].node, places[1].node))
