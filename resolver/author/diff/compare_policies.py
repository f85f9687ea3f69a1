"""Two policies compared by what they decide: over all sorts of requests and outcomes, never over their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from resolver.author.diff.causes import Causes
from resolver.author.diff.difference import (
    Difference,
    Direction,
    EntryChange,
    ModelChange,
    Name,
    OutcomeChange,
    OutcomeGroup,
    ProviderChange,
    RequestChange,
    RequestGroup,
    direction,
)
from resolver.author.diff.merge_changes import merged
from resolver.author.diff.name_groups import Alike, Names, Nodes, Pair, Roles
from resolver.author.diff.outcome_effects import Change, Reactions, Situation
from resolver.author.diff.request_groups import Both, Given, Questions
from resolver.domain import Integer, ProviderSettings, Subject, Text, same_options
from resolver.table import Answer, DecisionTable
from resolver.table.budget import Budget
from resolver.table.complexity import bounded

_WORST = (Direction.LOWERS, Direction.RAISES, Direction.CHANGES)
_Change = TypeVar("_Change", RequestChange, OutcomeChange, EntryChange)
_Touch = tuple[Name, Answer, Answer, Direction]
_Changed = tuple[tuple[tuple[object, ...], ...], tuple[Answer, Answer, Direction, Given]]
_MOST_NAMES = 5_000_000
"""Names in all single changes together, before they are joined."""
_WHO = (3, 2, 1, 0)
"""The axes of who asks, in the order in which they are joined: entries, phases, triads, roles."""


def compare(old: DecisionTable, new: DecisionTable) -> Difference:
    """Return everything that differs between two policies, what lowers first.

    Raises:
        PolicyError: The policies differ in more ways than can be looked at.

    """
    causes = Causes(old, new)
    with bounded((*new.tier.rules, *new.outcome.rules), new.tier.universe, new.outcome.universe):
        questions = Questions(old, new)
        requests, outcomes = _requests(questions)
        entries = _entries(questions)
    return Difference(
        tuple(replace(change, cause=causes.of_request(change)) for change in _worst_first(requests)),
        tuple(replace(change, cause=causes.of_outcome(change)) for change in _worst_first(outcomes)),
        tuple(_models(old, new)),
        tuple(replace(change, cause=causes.of_entry(change)) for change in _worst_first(entries)),
        tuple(_only(old, new)),
        tuple(_only(new, old)),
        tuple(_providers(old, new)),
    )


def _worst_first(changes: list[_Change]) -> list[_Change]:
    return sorted(changes, key=lambda change: _WORST.index(change.direction))


@dataclass(frozen=True, slots=True)
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
            for entry in questions.entries:
                answers = [
                    (phases, questions.requests(roles, phases, (entry, entry)))
                    for phases in names.phases(roles, triads.nodes)
                ]
                pairs = frozenset((old.tier, new.tier) for _, results in answers for old, new, _ in results)
                for phases, results in answers:
                    yield from (_Asked(roles, triads, phases, entry, both, pairs) for both in results)


def _requests(questions: Questions) -> tuple[list[RequestChange], list[OutcomeChange]]:
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
    return requests, _joined(reacted)


def _who(axes: tuple[Any, ...], facts: Given) -> RequestGroup:
    roles, triads, phases, entries = axes
    return RequestGroup(roles, triads, phases, entries, facts)


def _joined(changes: list[OutcomeChange]) -> list[OutcomeChange]:
    """Return one change for each pair of rules and effects: of all who are concerned, with the first as its witness.

    Escalations to one tier instead of another are told apart by both tiers.
    """
    groups: dict[object, list[OutcomeChange]] = {}
    for change in changes:
        effects = (change.old.effect, change.old.rule, change.new.effect, change.new.rule)
        to = (change.old.to_tier, change.new.to_tier) if change.old.effect == change.new.effect else None
        groups.setdefault((change.occasion.failed, change.direction, *effects, to), []).append(change)
    return [_join(of) for of in groups.values()]


def _join(changes: list[OutcomeChange]) -> OutcomeChange:
    first = min(changes, key=lambda change: change.who.entries[0] is not None)  # the plainest that there is
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


def _union(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _entries(questions: Questions) -> list[EntryChange]:
    """Return the escalations in force in either policy that are touched, with a request for each way that they go."""
    old, new = (table.policy.model_tiers.escalation_state for table in questions.tables)
    touches: dict[object, list[_Touch]] = {}
    groups: dict[tuple[str | None, str | None, _Touch], list[Subject]] = {}
    for subject in dict.fromkeys((*old, *new)):
        entry = old.get(subject), new.get(subject)
        roles = questions.names.roles_of(subject.role)
        nodes = questions.names.after(roles, subject.triad)
        if (key := (roles, nodes, entry)) not in touches:
            ways: dict[Direction, _Touch] = {}
            for touch in _touched(questions, roles, nodes, entry):
                ways.setdefault(touch[3], touch)
            touches[key] = list(ways.values())
        for touch in touches[key]:
            groups.setdefault((*entry, touch), []).append(subject)
    return [EntryChange(tuple(subjects), old, new, *touch) for (old, new, touch), subjects in groups.items()]


def _touched(questions: Questions, roles: Roles, nodes: Nodes, entry: Pair) -> Iterator[_Touch]:
    for phase in questions.names.phases(roles, nodes):
        for old, new, _ in questions.requests(roles, phase, entry):
            if old.tier != new.tier:
                yield phase.names[0], old, new, direction(*questions.ladders, old.tier, new.tier)


def _models(old: DecisionTable, new: DecisionTable) -> Iterator[ModelChange]:
    """Yield what tiers that both policies have mean otherwise; an order of providers as one change of all."""
    before, after = old.policy.model_tiers.tiers, new.policy.model_tiers.tiers
    for name, tier in before.items():
        if name not in after:
            continue
        was, now = dict(tier.providers), dict(after[name].providers)
        for provider in dict.fromkeys((*was, *now)):
            options = tier.options.get(provider, {}), after[name].options.get(provider, {})
            if was.get(provider) != now.get(provider) or not same_options(*options):
                yield ModelChange(name, provider, was.get(provider), now.get(provider), *options)
        kept = [provider for provider in was if provider in now], [provider for provider in now if provider in was]
        if kept[0] != kept[1]:
            yield ModelChange(name, "", ", ".join(was), ", ".join(now))


def _providers(old: DecisionTable, new: DecisionTable) -> Iterator[ProviderChange]:
    """Yield the providers that both policies use with settings under which another model may answer."""
    before, after = old.policy.model_tiers, new.policy.model_tiers
    for name in sorted(before.used_providers & after.used_providers):
        default = ProviderSettings(name, name)
        change = ProviderChange(before.providers.get(name, default), after.providers.get(name, default))
        if any(change.settings):
            yield change


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
