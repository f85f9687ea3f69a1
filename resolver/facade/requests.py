"""Decisions on requests that the fast path of `Resolver.resolve` leaves: extra facts, other names, and errors."""

from __future__ import annotations

from collections.abc import Mapping

from resolver.diagnostics import ResolverError
from resolver.domain import NO_FACTS, Decision, Explanation, Value, request_names
from resolver.table import ANY_OTHER, DecisionTable, explain
from resolver.table.explain import undecided


def decide(
    table: DecisionTable, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None
) -> Decision:
    """Decide on any request by `table`; arguments and errors are those of `Resolver.resolve`."""
    subject, phase = request_names(triad, role, phase)
    if facts:
        decision = table.decide(table.facts_of(subject, phase, table.check_extra(facts)))
    else:
        triads, others = table.rows.get(subject.role, table.others)
        phases = triads.get(subject.triad, others)
        decision = phases[phase] if phase in phases else phases[ANY_OTHER]
    if decision is None:
        raise ResolverError(undecided(subject, phase))
    return decision


def explained(
    table: DecisionTable, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None
) -> Explanation:
    """Explain the decision about a request.

    Args:
        table: The policy.
        triad: As for `Resolver.resolve`.
        role: As for `Resolver.resolve`.
        phase: As for `Resolver.resolve`.
        facts: As for `Resolver.resolve`.

    Raises:
        RequestError: A name or a fact cannot be part of a request.
    """
    subject, phase = request_names(triad, role, phase)
    return explain(table, subject, phase, table.check_extra(facts or NO_FACTS))
