"""The decision table in as few lines as possible: requests with the same decision share a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from resolver.domain import Decision, Facts, request_names
from resolver.frozen import frozen
from resolver.table.any_other import ANY_OTHER, AnyOther
from resolver.table.rows import Phases, Rows
from resolver.table.table import DecisionTable

Key = TypeVar("Key")
Content = TypeVar("Content")
Name = str | AnyOther | None
"""A role, triad or phase. None means no phase; ANY_OTHER means every name that the policy does not list."""


@frozen
class Line:
    """The decision of all requests with these roles, triads, phases and escalated tiers (None: no escalation).

    `any_triad` is true if `triads` are all triads that these roles have, `any_phase` if `phases` are all phases that
    they have. `decision` is None if no rule decides. It is also None if every request gets the tier that it is
    escalated to; `same` is then the decision for the first of these tiers, and its rule decides for all of them.
    """

    roles: tuple[Name, ...]
    triads: tuple[Name, ...]
    any_triad: bool
    phases: tuple[Name, ...]
    any_phase: bool
    escalated: tuple[str | None, ...]
    decision: Decision | None
    same: Decision | None = None


def lines_of(table: DecisionTable, role: str | None, phase: str | None, extra: Facts) -> list[Line]:
    """Return the lines of a table for requests with some extra facts.

    Args:
        table: The table.
        role: Only this role, listed or not; None means all.
        phase: Only this phase, "" for requests without one; None means all.
        extra: The extra facts, as `DecisionTable.check_extra` returns them.

    Raises:
        RequestError: `role` or `phase` cannot be one.

    """
    request_names("", role or "", phase)
    roles: list[str | AnyOther] | None = None if role is None else [role if role in table.rows else ANY_OTHER]
    return grouped(Rows(table.policy, table.tier, extra), roles, phase)


def grouped(rows: Rows, roles: Iterable[str | AnyOther] | None = None, phase: str | None = None) -> list[Line]:
    """Return the lines of the table.

    Args:
        rows: The rows of the table: `DecisionTable.index` for requests without extra facts, or rows with some.
        roles: The roles to return; None means all listed roles and ANY_OTHER.
        phase: The phase to return; None means all of them, "" means requests without a phase.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> plain, escalated = grouped(table.index, ["worker_a"], "execution")
    >>> plain.escalated, plain.decision.tier
    ((None,), 'fast')
    >>> escalated.escalated, escalated.same.rule
    (('fast', 'general', 'reasoning'), 'escalation')
    """
    tiers = rows.policy.model_tiers.ladder.tiers
    wanted: list[str | AnyOther] = [*rows.listed_roles(), ANY_OTHER] if roles is None else list(roles)
    lines = []
    for same_roles, by_triad in _alike(wanted, lambda role: _by_triad(rows, role, phase, tiers)):
        per_triad = dict(by_triad)
        for same_triads, by_phase in _alike(per_triad, per_triad.__getitem__):
            any_triad = len(same_triads) == len(per_triad)
            phases = dict(by_phase)
            for same_phases, by_tier in _alike(phases, phases.__getitem__):
                any_phase = len(same_phases) == len(phases)
                line = Line(same_roles, same_triads, any_triad, same_phases, any_phase, (), None)
                lines += _by_tier(line, dict(by_tier))
    return lines


_Cells = tuple[tuple[Name, tuple[tuple[str | None, Decision | None], ...]], ...]


def _by_triad(
    rows: Rows, role: str | AnyOther, phase: str | None, tiers: tuple[str, ...]
) -> tuple[tuple[str | AnyOther, _Cells], ...]:
    """Return the decisions of a role by triad: for the triads that the rules tell apart, and for ANY_OTHER."""
    triads: list[str | AnyOther] = [*rows.triads(role if isinstance(role, str) else None), ANY_OTHER]
    return tuple((triad, _of(rows, triad, role, phase, tiers)) for triad in triads)


def _of(rows: Rows, triad: str | AnyOther, role: str | AnyOther, phase: str | None, tiers: tuple[str, ...]) -> _Cells:
    """Return the decisions of a subject by phase and escalated tier."""
    by_tier: dict[str | None, Phases] = {
        tier: rows.decisions(triad if isinstance(triad, str) else None, role if isinstance(role, str) else None, tier)
        for tier in (None, *tiers)
    }
    names: list[Name]
    if phase is None:
        listed = [name for name in by_tier[None] if isinstance(name, str) and name]
        names = [*listed, None, ANY_OTHER]
    else:
        names = [(phase or None) if phase in by_tier[None] else ANY_OTHER]
    return tuple((name, tuple((tier, by_tier[tier][name]) for tier in by_tier)) for name in names)


def _by_tier(line: Line, decisions: Mapping[str | None, Decision | None]) -> list[Line]:
    escalated = [tier for tier in decisions if tier is not None]
    rules = {decision.rule for tier in escalated if (decision := decisions[tier])}
    mirrors = len(rules) == 1 and all((d := decisions[tier]) is not None and d.tier == tier for tier in escalated)
    plain = [tier for tier in decisions if tier is None or not mirrors]
    lines = [
        replace(line, escalated=tiers, decision=decision) for tiers, decision in _alike(plain, decisions.__getitem__)
    ]
    if mirrors:
        lines.append(replace(line, escalated=tuple(escalated), same=decisions[escalated[0]]))
    return lines


def _alike(keys: Iterable[Key], content: Callable[[Key], Content]) -> list[tuple[tuple[Key, ...], Content]]:
    """Group the keys by their content. Groups come in the order of their first keys."""
    groups: dict[Content, list[Key]] = {}
    for key in keys:
        groups.setdefault(content(key), []).append(key)
    return [(tuple(group), shared) for shared, group in groups.items()]
