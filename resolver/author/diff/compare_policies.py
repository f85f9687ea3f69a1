"""Two policies compared by what they decide: over all sorts of requests and outcomes, never over their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from resolver.author.diff.causes import Causes
from resolver.author.diff.changed_groups import changes
from resolver.author.diff.changed_settings import cool_down_change, model_changes, provider_changes
from resolver.author.diff.difference import (
    Difference,
    Direction,
    EntryChange,
    Name,
    direction,
    worst_first,
)
from resolver.author.diff.fact_effects import fact_effects, lost_effects
from resolver.author.diff.name_groups import Nodes, Pair, Roles
from resolver.author.diff.request_groups import Questions
from resolver.domain import Integer, Subject, Text
from resolver.table import Answer, DecisionTable
from resolver.table.complexity import bounded

_Touch = tuple[Name, Answer, Answer, Direction]


def compare(old: DecisionTable, new: DecisionTable) -> Difference:
    """Return everything that differs between two policies, what lowers first.

    Raises:
        PolicyError: The policies differ in more ways than can be looked at.

    """
    causes = Causes(old, new)
    with bounded((*new.tier.rules, *new.outcome.rules), new.tier.universe, new.outcome.universe):
        questions = Questions(old, new)
        requests, outcomes = changes(questions)
        entries = _entries(questions)
        effects = (*fact_effects(old, new), *lost_effects(old, new, (requests, outcomes)))
    return Difference(
        tuple(replace(change, cause=causes.of_request(change)) for change in worst_first(requests)),
        tuple(replace(change, cause=causes.of_outcome(change)) for change in worst_first(outcomes)),
        tuple(model_changes(old, new)),
        tuple(replace(change, cause=causes.of_entry(change)) for change in worst_first(entries)),
        tuple(_only(old, new)),
        tuple(_only(new, old)),
        tuple(provider_changes(old, new)),
        effects,
        cool_down_change(old, new),
    )


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
