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


def compare(old: DecisionTable, new: DecisionTable, *, is_exact: bool = False) -> Difference:
    """Return everything that differs between two policies, what lowers first.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.
        is_exact: Whether an outcome change names only combinations that are all affected: more changes to read.

    Raises:
        PolicyError: The policies differ in more ways than can be compared in some seconds.

    """
    causes = Causes(old, new)
    with bounded((*new.tier.rules, *new.outcome.rules), new.tier.universe, new.outcome.universe):
        questions = Questions(old, new)
        requests, outcomes = changes(questions, is_exact=is_exact)
        entries = _entries(questions)
        effects = (*fact_effects(old, new), *lost_effects(old, new, (requests, outcomes)))
    return Difference(
        tuple(replace(change, cause=causes.of_request(change)) for change in worst_first(requests)),
        tuple(replace(change, cause=causes.of_outcome(change)) for change in worst_first(outcomes)),
        tuple(model_changes(old, new)),
        tuple(replace(change, cause=causes.of_entry(change)) for change in worst_first(entries)),
        tuple(_accepted_only_by(old, new)),
        tuple(_accepted_only_by(new, old)),
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


def _accepted_only_by(table: DecisionTable, other: DecisionTable) -> Iterator[str]:
    """Yield the facts and values that requests can give to the policy of `table`, but not to the other policy."""
    for name, fact in table.policy.facts.items():
        other_fact = other.policy.facts.get(name)
        if other_fact is None:
            yield name
        elif isinstance(fact.domain, Text):
            values = other_fact.domain.values if isinstance(other_fact.domain, Text) else ()
            yield from (f"{name}={value}" for value in fact.domain.values if value not in values)
        elif isinstance(fact.domain, Integer) is not isinstance(other_fact.domain, Integer):
            yield f"{name} as a whole number"
