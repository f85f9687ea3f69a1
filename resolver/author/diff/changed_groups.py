"""Requests and outcomes that two policies decide differently, in groups: all names that the same change affects."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from resolver.author.diff.difference import (
    Direction,
    Name,
    OutcomeChange,
    OutcomeGroup,
    RequestChange,
    RequestGroup,
    direction,
)
from resolver.author.diff.merge_changes import merged
from resolver.author.diff.name_groups import Alike, Names, Pair, Roles
from resolver.author.diff.outcome_effects import Change, Reactions, Situation
from resolver.author.diff.request_groups import Both, Given, Questions
from resolver.frozen import frozen
from resolver.table import Answer
from resolver.table.budget import Budget

_Changed = tuple[tuple[tuple[object, ...], ...], tuple[Answer, Answer, Direction, Given]]
_MOST_NAMES = 5_000_000
"""Names in all single changes together, before they are joined."""
_WHO = (3, 2, 1, 0)
"""The axes of who asks, in the order in which they are joined: entries, phases, triads, roles."""
_REPORTS = (5, 4, *_WHO)
"""The axes of outcomes: first numbers of failures and kinds, then who reports them."""


def changes(questions: Questions, *, is_exact: bool = False) -> tuple[list[RequestChange], list[OutcomeChange]]:
    """Return the requests that get another tier, and the outcomes with another effect.

    Args:
        questions: The two policies.
        is_exact: Whether an outcome change names only combinations that are all affected, instead of all who are.

    Raises:
        TooLargeError: There are too many.

    """
    names, reactions = questions.names, Reactions(questions)
    budget = Budget(_MOST_NAMES)
    changed: list[_Changed] = []
    reacted: list[OutcomeChange] = []
    for request in _asked(questions):
        old, new, facts = request.both
        outcomes: list[Change] = []
        if old.tier is not None and new.tier is not None:
            tiers = old.tier, new.tier
            here = Situation(request.roles, request.triads, request.phases, request.entry, tiers, facts)
            outcomes += reactions.of(here, request.pairs)
        if old.tier == new.tier and not outcomes:
            continue
        axes = request.axes(names)
        budget.take(sum(map(len, axes)))
        if old.tier != new.tier:
            changed.append((axes, (old, new, direction(*questions.ladders, old.tier, new.tier), facts)))
        for occasion, was, now, way, given in outcomes:
            reacted.append(OutcomeChange(_who(axes, given), occasion, was, now, way))
    requests = [
        RequestChange(_who(axes, facts), old, new, way) for axes, (old, new, way, facts) in merged(changed, _WHO)
    ]
    return requests, merged_outcomes(reacted) if is_exact else _joined(reacted)


@frozen
class _Asked:
    """Requests of some roles and triads in some phases with an entry, and what they get under both policies.

    `pairs` are the tiers of all requests of these roles and triads with this entry.
    """

    roles: Roles
    triads: Alike
    phases: Alike
    entry: str | None
    both: Both
    pairs: frozenset[Pair]

    def axes(self, names: Names) -> tuple[tuple[Name, ...], ...]:
        """Return roles, triads, phases and entries by name."""
        triads, phases = self.triads.all_of(names.all_triads), self.phases.all_of(names.all_phases)
        return self.roles.names, triads, phases, (self.entry,)


def _asked(questions: Questions) -> Iterator[_Asked]:
    names = questions.names
    for roles in names.roles:
        for triads in names.triads(roles):
            if questions.is_same(triads):
                continue
            for entry in questions.entries:
                grouped = names.phases(roles, triads.nodes)
                pairs = questions.tiers(roles, grouped, entry)
                for phases in grouped:
                    if questions.is_same(phases):
                        continue
                    for both in questions.requests(roles, phases, (entry, entry)):
                        yield _Asked(roles, triads, phases, entry, both, pairs)


def _who(axes: tuple[Any, ...], facts: Given) -> RequestGroup:
    roles, triads, phases, entries = axes
    return RequestGroup(roles, triads, phases, entries, facts)


def _joined(changes: list[OutcomeChange]) -> list[OutcomeChange]:
    """Return one change for each pair of rules and effects: of all who are concerned, with the first as its witness.

    Escalations to one tier instead of another are grouped by both tiers.
    """
    groups: dict[object, list[OutcomeChange]] = {}
    for change in changes:
        groups.setdefault(_reaction(change), []).append(change)
    return [_join(of) for of in groups.values()]


def merged_outcomes(changes: Iterable[OutcomeChange]) -> list[OutcomeChange]:
    """Return the changes with those merged that are alike but for one thing, such as their roles.

    Every combination of the roles, triads, phases, entries, kinds and numbers of a change is affected.
    """
    first: dict[tuple[Hashable, ...], OutcomeChange] = {}
    single = []
    for change in changes:
        who, of, content = change.who, change.occasion, (_reaction(change), change.who.facts)
        first.setdefault(content, change)
        single.append(((who.roles, who.triads, who.phases, who.entries, of.kinds, of.strikes), content))
    result = []
    for axes, content in merged(single, _REPORTS):
        example = first[content]
        who, occasion = _who(axes[:4], example.who.facts), _occasion(axes[4:])
        result.append(replace(example, who=who, occasion=occasion, witness=(who, occasion)))
    return result


def _occasion(axes: tuple[Any, ...]) -> OutcomeGroup:
    kinds, strikes = axes
    return OutcomeGroup(kinds, strikes)


def _reaction(change: OutcomeChange) -> tuple[Hashable, ...]:
    """Return what changes that are shown as one have in common."""
    effects = (change.old.effect, change.old.rule, change.new.effect, change.new.rule)
    to = (change.old.to_tier, change.new.to_tier) if change.old.effect == change.new.effect else None
    return (change.occasion.failed, change.direction, *effects, to)


def _join(changes: list[OutcomeChange]) -> OutcomeChange:
    """Return one change of all who are concerned, with the plainest of the changes as its witness."""
    first = min(changes, key=_oddity)
    who = RequestGroup(
        _union(change.who.roles for change in changes),
        _union(change.who.triads for change in changes),
        _union(change.who.phases for change in changes),
        _union(change.who.entries for change in changes),
        first.who.facts,
    )
    kinds, strikes = (
        _union(change.occasion.kinds for change in changes),
        _union(change.occasion.strikes for change in changes),
    )
    return replace(first, who=who, occasion=OutcomeGroup(kinds, strikes), witness=(first.who, first.occasion))


def _oddity(change: OutcomeChange) -> tuple[bool, bool]:
    """Return the sort key of a witness; the plainest is lowest."""
    return change.occasion.earlier is not None, change.who.entries[0] is not None


def _union(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))
