"""The decision tables of two policies, or of one, as a picture has them: roles by phases and escalated tiers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from resolver.author.compared import Roles
from resolver.author.difference import Answer, Direction, Name, direction
from resolver.author.questions import Questions
from resolver.table import DecisionTable


@dataclass(frozen=True, slots=True)
class Cell:
    """What requests get under the old policy and under the new one; `way` is None where they get the same tier."""

    old: Answer
    new: Answer
    way: Direction | None


@dataclass(frozen=True, slots=True)
class Row:
    """Roles and triads with the same cells: one for each phase and entry of the matrix, entries side by side."""

    roles: tuple[Name, ...]
    triads: tuple[Name, ...]
    cells: tuple[Cell, ...]

    @property
    def changes(self) -> bool:
        """Tell whether any of the cells differs."""
        return any(cell.way is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Matrix:
    """All decisions for requests without extra facts; phases in which all get the same stand together.

    `triads` are all that rules of either policy tell apart.
    """

    triads: tuple[Name, ...]
    phases: tuple[tuple[Name, ...], ...]
    entries: tuple[str | None, ...]
    rows: tuple[Row, ...]

    def part(self, rows: int, phases: int) -> Matrix:
        """Return as many rows and phases, first those with changes; rows with changes stand before all others."""
        wide = len(self.entries)

        def same(at: int) -> bool:
            return all(cell.way is None for row in self.rows for cell in row.cells[at * wide : (at + 1) * wide])

        kept = sorted(sorted(range(len(self.phases)), key=same)[:phases])
        return Matrix(
            self.triads,
            tuple(self.phases[at] for at in kept),
            self.entries,
            tuple(
                replace(row, cells=tuple(cell for at in kept for cell in row.cells[at * wide : (at + 1) * wide]))
                for row in sorted(self.rows, key=lambda row: not row.changes)[:rows]
            ),
        )


def matrix(old: DecisionTable, new: DecisionTable) -> Matrix:
    """Return the decisions of two policies beside each other; of one if both are the same."""
    questions = Questions(old, new)
    names, entries = questions.names, questions.entries
    subjects = list(product(names.roles, names.triads))
    columns: dict[tuple[tuple[Cell, ...], ...], list[Name]] = {}
    for phase in names.all_phases:
        column = tuple(
            tuple(_cell(questions, roles, triad, phase, entry) for entry in entries) for roles, triad in subjects
        )
        columns.setdefault(column, []).append(phase)
    found: dict[tuple[Cell, ...], dict[Name, dict[Name, None]]] = {}
    for at, (roles, triad) in enumerate(subjects):
        cells = tuple(cell for column in columns for cell in column[at])
        found.setdefault(cells, {}).setdefault(triad, {}).update(dict.fromkeys(roles.names))
    rows = []
    for cells, of_triad in found.items():
        by_roles: dict[tuple[Name, ...], list[Name]] = {}
        for triad, of_role in of_triad.items():
            by_roles.setdefault(tuple(of_role), []).append(triad)
        rows += [Row(of_role, tuple(triads), cells) for of_role, triads in by_roles.items()]
    return Matrix(tuple(names.triads), tuple(map(tuple, columns.values())), tuple(entries), tuple(rows))


def _cell(questions: Questions, roles: Roles, triad: Name, phase: Name, entry: str | None) -> Cell:
    old, new, _ = next(both for both in questions.requests(roles, triad, phase, entry) if not both[2])
    same = old.tier == new.tier
    return Cell(old, new, None if same else direction(*questions.ladders, old.tier, new.tier))
