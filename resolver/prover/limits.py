"""What the rules of `outcome` can tell apart of an outcome that the tables do not list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resolver.table import DecisionTable


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules of `outcome` can tell apart: kinds, one of each sort, strikes up to a number, phases by name."""

    kinds: tuple[str | None, ...]
    strikes: int
    phases: Mapping[str | None, object]
    other_phase: object


def limits_of(table: DecisionTable) -> Limits:
    """Return the limits of a policy's rules."""
    question = table.outcome
    strikes = question.universe.variables[question.level("strikes")]
    numbers = [value for facts in strikes.classes for value in facts.values() if isinstance(value, int)]
    kinds: dict[object, str | None] = {}
    variable = question.universe.variables[question.level("kind")]
    for at, facts in enumerate(variable.classes):
        kind = facts.get("kind")
        kinds.setdefault(question.signature("kind", at), None if kind is None else str(kind))
    phase = question.universe.variables[question.level("phase")]
    phases = {facts.get("phase"): question.signature("phase", at) for at, facts in enumerate(phase.classes)}
    names = {None if name is None else str(name): signature for name, signature in phases.items()}
    return Limits(tuple(kinds.values()), max(numbers), names, question.signature("phase", phase.other))
