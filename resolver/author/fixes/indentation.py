"""Candidates for a help about indentation: a block of lines moves to another column."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.problem import Candidate, Problem
from resolver.diagnostics import Source
from resolver.yaml_text.splices import Splice

_TO_COLUMN = re.compile(r"indent it to column (\d+)")
_BOTH = re.compile(r"line (\d+) starts in column (\d+), and this one in column (\d+): indent both alike")
_AROUND = re.compile(r"(\d+) \(line (\d+)\)")
_STEP = 2
"""Columns by which a line under a key is usually indented more."""


def indentation(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates of a help about indentation; each column that a line may belong to is one of its own."""
    line = problem.diagnostic.place.line
    if (both := _BOTH.search(problem.help)) is not None:
        yield [*_moved(problem, line, int(both[2])), *_moved(problem, int(both[1]), int(both[3]))]
        return
    if (to := _TO_COLUMN.search(problem.help)) is not None and "did you mean" not in problem.help:
        yield [*_moved(problem, line, int(to[1]))]
    if "the lines around start" in problem.help:
        for column, _ in _AROUND.findall(problem.help):
            yield [*_moved(problem, line, int(column))]
    if problem.help == "use spaces":
        if problem.text[problem.start : problem.start + 1] == "\t":
            yield problem.here(Splice(problem.start, problem.start + problem.diagnostic.place.length, " "))
        yield [*_without_tabs(problem, line)]


def lines_around(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield candidates that move a line before a line with a wrong indentation, which may be right itself."""
    column = problem.diagnostic.place.column
    lines = [int(line) for _, line in _AROUND.findall(problem.help)] if "the lines around start" in problem.help else []
    moves = [(line, to) for to in (column, column - _STEP) for line in lines if to > 0]
    yield [candidate for line, to in moves for candidate in [*_moved(problem, line, to)][-1:]]


def moved_under(problem: Problem, candidate: Candidate) -> Iterator[Candidate]:
    """Yield a candidate whose block also moves to the column of the entries of the section before it."""
    line = problem.diagnostic.place.line
    [(path, splices)] = candidate.items()
    before = [problem.source.line(number) for number in range(line - 1, 0, -1)]
    columns = dict.fromkeys(_column(text) for text in before if text.strip() and not text.lstrip().startswith("#"))
    for column in [column for column in columns if column > 1][:3]:
        for moved in _moved(problem, line, column):
            yield {path: sorted([*splices, *moved[path]], key=lambda splice: splice.start)}


def _moved(problem: Problem, line: int, column: int) -> Iterator[Candidate]:
    """Yield candidates that move the block that starts in a line, and then the line alone, to a column."""
    source, own = problem.source, _column(problem.source.line(line))
    last = line
    while last < _last_line(source) and _is_below(source.line(last + 1), own):
        last += 1
    while last > line and not source.line(last).strip():
        last -= 1
    for end in dict.fromkeys((last, line)):
        splices = [_indented(source, number, column - own) for number in range(line, end + 1)]
        if column != own and all(splice is not None for splice in splices):
            yield from problem.here(*[splice for splice in splices if splice is not None and splice.start >= 0])


def _indented(source: Source, number: int, by: int) -> Splice | None:
    """Return the change that moves one line, None if it has too little space before it."""
    start, end = source.bounds(number)
    if start == end:
        return Splice(-1, -1, "")
    if by > 0:
        return Splice(start, start, " " * by)
    is_free = source.text[start : start - by] == " " * -by
    return Splice(start, start - by, "") if is_free else None


def _without_tabs(problem: Problem, line: int) -> Iterator[Candidate]:
    """Yield candidates with the indentation of the lines around in place of one with tabs."""
    start, end = problem.source.bounds(line)
    match = re.match(r"[ \t]*", problem.text[start:end])
    near = [problem.source.line(number) for number in (line + 1, line - 1, line - 2, line + 2)]
    if "\t" not in problem.text[start : start + len(match[0] if match else "")]:
        return
    depths = dict.fromkeys(_column(text) - 1 for text in near if text.strip() and "\t" not in text[: _column(text)])
    assert match is not None
    for depth in depths:
        yield from problem.here(Splice(start, start + match.end(), " " * depth))


def _is_below(text: str, column: int) -> bool:
    return not text.strip() or _column(text) > column


def _column(text: str) -> int:
    return len(text) - len(text.lstrip(" \t")) + 1


def _last_line(source: Source) -> int:
    return source.position(len(source.text))[0]
