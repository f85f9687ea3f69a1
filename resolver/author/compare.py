"""Two policies compared by what they decide: over all sorts of requests and outcomes, never over their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from resolver.author.compared import Names, Roles
from resolver.author.difference import (
    Answer,
    Difference,
    Direction,
    EntryChange,
    ModelChange,
    Name,
    Occasion,
    OutcomeChange,
    RequestChange,
    Who,
    direction,
)
from resolver.author.merging import merged
from resolver.author.questions import Given, Questions
from resolver.author.reactions import Reactions, Situation
from resolver.domain import Integer, Subject, Text
from resolver.table import DecisionTable

_WORST = (Direction.LOWERS, Direction.RAISES, Direction.CHANGES)
_Touch = tuple[Name, Answer, Answer, Direction]
_Changed = tuple[tuple[tuple[object, ...], ...], tuple[Answer, Answer, Direction, Given]]
_WHO = (3, 2, 1, 0)
"""The axes of who asks, in the order in which they are joined: entries, phases, triads, roles."""


def compare(old: DecisionTable, new: DecisionTable) -> Difference:
    """Return everything that differs between two policies, what lowers first."""
    questions = Questions(old, new)
    requests, outcomes = _requests(questions)
    entries = _entries(questions)
    return Difference(
        tuple(sorted(requests, key=lambda one: _WORST.index(one.direction))),
        tuple(sorted(outcomes, key=lambda one: _WORST.index(one.direction))),
        tuple(_models(old, new)),
        tuple(sorted(entries, key=lambda one: _WORST.index(one.direction))),
        tuple(_only(old, new)),
        tuple(_only(new, old)),
    )


def _requests(questions: Questions) -> tuple[list[RequestChange], list[OutcomeChange]]:
    names, reactions = questions.names, Reactions(questions)
    changed: list[_Changed] = []
    reacted: list[OutcomeChange] = []
    for roles, triad, entry in product(names.roles, names.triads, questions.entries):
        of_phase = {phase: questions.requests(roles, triad, phase, entry) for phase in names.phases(roles)}
        pairs = frozenset((old.tier, new.tier) for found in of_phase.values() for old, new, _ in found)
        for phase, found in of_phase.items():
            axes = (roles.names, (triad,), _alike(names, roles, phase), (entry,))
            for old, new, facts in found:
                if old.tier != new.tier:
                    way = direction(*questions.ladders, old.tier, new.tier)
                    changed.append((axes, (old, new, way, facts)))
                if old.tier is None or new.tier is None:
                    continue
                here = Situation(roles, triad, phase, entry, (old.tier, new.tier), facts)
                for occasion, was, now, way, given in reactions.of(here, pairs):
                    reacted.append(OutcomeChange(Who(*axes, given), occasion, was, now, way))
    requests = [
        RequestChange(_who(axes, facts), old, new, way) for axes, (old, new, way, facts) in merged(changed, _WHO)
    ]
    return requests, _joined(reacted)


def _who(axes: tuple[Any, ...], facts: Given) -> Who:
    roles, triads, phases, entries = axes
    return Who(roles, triads, phases, entries, facts)


def _joined(changes: list[OutcomeChange]) -> list[OutcomeChange]:
    """Return one change for each pair of rules and effects: of all who are concerned, with the first as its witness.

    Escalations to one tier instead of another are told apart by both tiers.
    """
    found: dict[object, list[OutcomeChange]] = {}
    for one in changes:
        effects = (one.old.effect, one.old.rule, one.new.effect, one.new.rule)
        to = (one.old.to_tier, one.new.to_tier) if one.old.effect == one.new.effect else None
        found.setdefault((one.occasion.failed, one.direction, *effects, to), []).append(one)
    return [_join(of) for of in found.values()]


def _join(changes: list[OutcomeChange]) -> OutcomeChange:
    first = min(changes, key=lambda one: one.who.entries[0] is not None)  # the plainest that there is
    who = Who(
        _union(one.who.roles for one in changes),
        _union(one.who.triads for one in changes),
        _union(one.who.phases for one in changes),
        _union(one.who.entries for one in changes),
        first.who.facts,
    )
    kinds, strikes = _union(one.occasion.kinds for one in changes), _union(one.occasion.strikes for one in changes)
    return replace(first, who=who, occasion=Occasion(kinds, strikes), witness=(first.who, first.occasion))


def _union(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _alike(names: Names, roles: Roles, phase: Name) -> tuple[Name, ...]:
    """Return the phase, or for any other phase all that these roles do not tell from one that nobody names."""
    if isinstance(phase, str) or phase is None:
        return (phase,)
    own = set(names.phases(roles))
    return (*(other for other in names.all_phases if other not in own), phase)


def _entries(questions: Questions) -> list[EntryChange]:
    """Return the escalations in force in either policy that are touched, with a request for each way that they go."""
    old, new = (table.policy.model_tiers.escalation_state for table in questions.tables)
    by_key = {questions.names.key_of(roles.names[0]): roles for roles in questions.names.roles}
    known: dict[object, list[_Touch]] = {}
    groups: dict[tuple[str | None, str | None, _Touch], list[Subject]] = {}
    for subject in dict.fromkeys((*old, *new)):
        entry = old.get(subject), new.get(subject)
        role = questions.names.key_of(subject.role)
        triad = questions.names.triad(subject.triad)
        if (key := (role, triad, entry)) not in known:
            ways: dict[Direction, _Touch] = {}
            for touch in _touched(questions, by_key[role], triad, entry):
                ways.setdefault(touch[3], touch)
            known[key] = list(ways.values())
        for touch in known[key]:
            groups.setdefault((*entry, touch), []).append(subject)
    return [EntryChange(tuple(subjects), old, new, *touch) for (old, new, touch), subjects in groups.items()]


def _touched(questions: Questions, roles: Roles, triad: Name, entry: tuple[str | None, str | None]) -> Iterator[_Touch]:
    for phase in questions.names.phases(roles):
        both = questions.requests(roles, triad, phase, *entry)
        for old, new, _ in both:
            if old.tier != new.tier:
                yield phase, old, new, direction(*questions.ladders, old.tier, new.tier)


def _models(old: DecisionTable, new: DecisionTable) -> Iterator[ModelChange]:
    """Yield what tiers that both policies have mean otherwise; an order of providers as one change of all."""
    before, after = old.policy.model_tiers.tiers, new.policy.model_tiers.tiers
    for name, tier in before.items():
        if name not in after:
            continue
        was, now = dict(tier.providers), dict(after[name].providers)
        for provider in dict.fromkeys((*was, *now)):
            if was.get(provider) != now.get(provider):
                yield ModelChange(name, provider, was.get(provider), now.get(provider))
        kept = [provider for provider in was if provider in now], [provider for provider in now if provider in was]
        if kept[0] != kept[1]:
            yield ModelChange(name, "", ", ".join(was), ", ".join(now))


def _only(one: DecisionTable, other: DecisionTable) -> Iterator[str]:
    """Yield the facts and values that requests can give to `one` policy and not to the `other`."""
    for name, fact in one.policy.facts.items():
        there = other.policy.facts.get(name)
        if there is None:
            yield name
        elif isinstance(fact.domain, Text):
            values = there.domain.values if isinstance(there.domain, Text) else ()
            yield from (f"{name}={value}" for value in fact.domain.values if value not in values)
        elif isinstance(fact.domain, Integer) is not isinstance(there.domain, Integer):
            yield f"{name} as a whole number"
