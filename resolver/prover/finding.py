"""A property that does not hold, with the shortest sequence that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from resolver.domain import Rule
from resolver.prover.machine import Request, Step
from resolver.prover.subjects import SubjectClass

Cell = tuple[str, str, str]
"""Three columns of a witness: what runs, on which tier, by which rule."""


@dataclass(frozen=True, slots=True)
class Witness:
    """How to see a finding: from an entry, by some outcomes; `shown` are the lines before and after them."""

    subject: SubjectClass
    start: str | None
    steps: tuple[Step, ...]
    before: tuple[Cell, ...] = ()
    after: tuple[Cell, ...] = ()
    escalated_to: str | None = None

    @property
    def length(self) -> int:
        """Return how many outcomes it takes."""
        return len(self.steps)

    @property
    def rank(self) -> tuple[int, bool]:
        """Return what makes one witness better than another: it is shorter, or needs no entry that is there already."""
        return len(self.steps), self.start is not None


def runs(request: Request, *, now: bool = False) -> Cell:
    """Return the line that says what a request gets."""
    phase = request.phase.words or "no phase"
    given = "".join(f", {name} {value}" for name, value in request.extra)
    rule = f"{request.rule.name} ({place_of(request.rule)})" if request.rule else "no rule"
    return f"{phase}{given} {'now runs' if now else 'runs'} on", request.tier or "no tier", rule


def place_of(rule: Rule) -> str:
    """Return file and line of a rule, the file without its directory."""
    return f"{rule.place.source.name.rpartition('/')[2]}:{rule.place.line}"


def lines_of(witness: Witness) -> tuple[str, ...]:
    """Return the witness as lines for people."""
    cells = [*witness.before, *witness.after]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in (0, 1)]

    def line(cell: Cell) -> str:
        return f"  {cell[0]:<{widths[0]}}   {cell[1]:<{widths[1]}}   {cell[2]}".rstrip()

    start = [f"  with the entry {witness.start} in `escalation_state`"] if witness.start else []
    happened = _steps(witness.steps)
    if happened and witness.escalated_to:
        happened += f" → escalated to {witness.escalated_to}"
    return (
        f"witness: {witness.subject.who}",
        *start,
        *map(line, witness.before),
        *([f"  {happened}"] if happened else []),
        *map(line, witness.after),
    )


def _steps(steps: Sequence[Step]) -> str:
    said = []
    for where, group in groupby(steps, key=_what):
        result, details = where
        count = len(list(group))
        repeated = ", ".join([result] * count) if count <= 3 else f"{result} × {count}"
        said.append(repeated + details)
    return ", ".join(said)


def _what(step: Step) -> tuple[str, str]:
    kind = f" of kind {step.kind}" if step.kind is not None else ""
    phase = step.request.phase.words
    given = " with " + ", ".join(f"{name} {value}" for name, value in step.request.extra) if step.request.extra else ""
    where = f" in {phase}" if phase else ""
    return ("failure" if step.failed else "success"), f"{kind}{where}{given}"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: its code, the rule or ruleset that it is about, and how to see it."""

    code: str
    rule: Rule
    witness: Witness
