"""Findings: properties of a policy that do not hold, each with a witness, and the witness as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from resolver.domain import Rule
from resolver.frozen import frozen
from resolver.prover.machine import Request, Step
from resolver.prover.subjects import SubjectClass

Cell = tuple[str, str, str]
"""Three columns of a witness: what runs, on which tier, by which rule."""


@frozen
class Witness:
    """An example that shows a finding: a subject, its entry at the start (None: no entry), and some outcomes in a row.

    `before` and `after` are requests before and after the outcomes. `escalated_to` is the tier to which the last
    outcome escalates, if the finding is about that.
    """

    subject: SubjectClass
    start: str | None
    steps: tuple[Step, ...]
    before: tuple[Request, ...] = ()
    after: tuple[Request, ...] = ()
    escalated_to: str | None = None

    @property
    def length(self) -> int:
        """Return the number of outcomes."""
        return len(self.steps)

    @property
    def rank(self) -> tuple[int, bool]:
        """Return the sort key of the witness. The lowest is best: the shortest, preferably without an entry."""
        return len(self.steps), self.start is not None


def _runs(request: Request, verb: str) -> Cell:
    """Return the line that says which tier a request gets, and by which rule."""
    phase = request.phase.words or "no phase"
    given = "".join(f", {name} {value}" for name, value in request.extra)
    rule = f"{request.rule.name} ({place_of(request.rule)})" if request.rule else "no rule"
    return f"{phase}{given} {verb} on", request.tier or "no tier", rule


def place_of(rule: Rule) -> str:
    """Return the file name, without the directory, and the line of a rule."""
    return f"{rule.place.source.name.rpartition('/')[2]}:{rule.place.line}"


def lines_of(witness: Witness) -> tuple[str, ...]:
    """Return the witness as lines of text for policy authors."""
    is_changed = {request.tier for request in witness.before} != {request.tier for request in witness.after}
    before = [_runs(request, "runs") for request in witness.before]
    after = [_runs(request, "now runs" if is_changed else "still runs") for request in witness.after]
    cells = [*before, *after]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in (0, 1)]

    def line(cell: Cell) -> str:
        return f"  {cell[0]:<{widths[0]}}   {cell[1]:<{widths[1]}}   {cell[2]}".rstrip()

    start = [f"  with the entry {witness.start} in `escalation_state`"] if witness.start else []
    outcomes = _steps(witness.steps)
    if outcomes and witness.escalated_to:
        outcomes += f" → escalated to {witness.escalated_to}"
    return (
        f"witness: {witness.subject.who}",
        *start,
        *map(line, before),
        *([f"  {outcomes}"] if outcomes else []),
        *map(line, after),
    )


def _steps(steps: Sequence[Step]) -> str:
    """Return the outcomes in words, equal outcomes in a row together."""
    phrases = []
    for phrase, group in groupby(steps, key=_what):
        result, details = phrase
        count = len(list(group))
        repeated = ", ".join([result] * count) if count <= 3 else f"{result} × {count}"
        phrases.append(repeated + details)
    return ", ".join(phrases)


def _what(step: Step) -> tuple[str, str]:
    """Return the result of an outcome, and its kind, phase and extra facts in words."""
    kind = f" of kind {step.kind}" if step.kind is not None else ""
    phase = step.request.phase.words
    given = " with " + ", ".join(f"{name} {value}" for name, value in step.request.extra) if step.request.extra else ""
    where = f" in {phase}" if phase else ""
    return ("failure" if step.failed else "success"), f"{kind}{where}{given}"


@frozen
class Found:
    """One finding: its code, the rule that it is about (for a gap, the last rule of the ruleset), and a witness."""

    code: str
    rule: Rule
    witness: Witness
