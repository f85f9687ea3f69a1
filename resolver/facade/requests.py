"""Requests that are not answered by one look into the index: other names, extra facts, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from resolver.diagnostics import ResolverError
from resolver.domain import Decision, Subject, Value, subject_problem
from resolver.table import ANY_OTHER, DecisionTable
from resolver.table.explain import undecided

NO_FACTS: Mapping[str, Value] = MappingProxyType({})


def unlisted(
    table: DecisionTable, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None
) -> Decision:
    """Answer what the index of listed names does not: other names, extra facts, and what is wrong with a request."""
    subject, phase = names(triad, role, phase)
    if facts:
        decision = table.decide(table.facts_of(subject, phase, table.check_extra(facts)))
    else:
        triads, others = table.rows.get(subject.role, table.others)
        phases = triads.get(subject.triad, others)
        decision = phases[phase] if phase in phases else phases[ANY_OTHER]
    if decision is None:
        raise ResolverError(undecided(subject, phase))
    return decision


def names(triad: str, role: str, phase: str | None) -> tuple[Subject, str | None]:
    """Return the names of a request as plain text: an enumeration's members may print as something else."""
    if problem := subject_problem(triad, role):
        raise ResolverError(problem)
    if phase is not None and not isinstance(phase, str):
        raise ResolverError(f"a phase is text, not `{phase!r}`")
    return Subject(str.__str__(triad), str.__str__(role)), phase and str.__str__(phase)
