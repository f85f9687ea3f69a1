"""Effects of facts that are new or gone: requests and outcomes with a value of such a fact, and the same without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from resolver.author.diff.causes import Causes
from resolver.author.diff.changed_groups import changes
from resolver.author.diff.difference import FactEffect, FactValue, OutcomeChange, RequestChange, worst_first
from resolver.author.diff.fact_values import values_of
from resolver.author.diff.name_groups import Names
from resolver.author.diff.request_groups import Questions
from resolver.domain import Fact, Integer, Text, Value
from resolver.table import DecisionTable
from resolver.table.budget import Budget

_Listed = tuple[int, FactValue]
"""A value, or a range of numbers, with its index among all of its fact."""
_MOST_STEPS = 2_000_000
"""Steps of all comparisons together: some seconds."""


def new_values(old: DecisionTable, new: DecisionTable) -> Iterator[tuple[Fact, list[str]]]:
    """Yield each fact with values that only requests to the new policy can give, and these values.

    All values of a text count if the fact is new or was an integer. The list of an integer is empty.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.

    """
    for name, fact in new.policy.facts.items():
        before = old.policy.facts.get(name)
        is_number = isinstance(fact.domain, Integer)
        if before is not None and isinstance(before.domain, Integer) is is_number:
            kept = before.domain.values if isinstance(before.domain, Text) else ()
        else:
            kept = ()
        values = [value for value in fact.domain.values if value not in kept] if isinstance(fact.domain, Text) else []
        if values or (is_number and (before is None or not isinstance(before.domain, Integer))):
            yield fact, values


def fact_effects(old: DecisionTable, new: DecisionTable) -> Iterator[FactEffect]:
    """Yield the effects of values that requests can now give; values with the same effect are one.

    A request with the value is compared with the same request to the new policy without the fact, for any other facts.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.

    Raises:
        TooLargeError: There are too many effects.

    """
    budget = Budget(_MOST_STEPS)
    names: Names | None = None
    for fact, values in new_values(old, new):
        absent = _given(new, fact.name, None)
        grouped = _Grouped()
        for present, listed in _alike(new, fact, values, budget):
            names = Names(new, new, whole=new) if names is None else names
            questions = Questions(absent, present, names.of_tables(absent, present), budget)
            grouped.add(listed, *changes(questions), Causes(old, new, questions.tables))
        yield from grouped.effects(fact, accepted=True)


def lost_effects(
    old: DecisionTable, new: DecisionTable, known: tuple[Sequence[RequestChange], Sequence[OutcomeChange]]
) -> Iterator[FactEffect]:
    """Yield what becomes of requests that gave values which requests can no longer give.

    A request to the old policy with the value is compared with the same request to the new policy without the fact.

    Args:
        old: The table of the old policy.
        new: The table of the new policy.
        known: The changes of requests and outcomes without such values, which are left out.

    Raises:
        TooLargeError: There are too many effects.

    """
    budget = Budget(_MOST_STEPS)
    names: Names | None = None
    requests_known, outcomes_known = {*known[0]}, {_without_direction(change) for change in known[1]}
    for fact, values in new_values(new, old):
        absent, plain = _given(new, fact.name, None), _given(old, fact.name, None)
        grouped = _Grouped()
        for present, listed in _alike(old, fact, values, budget):
            names = Names(old, new) if names is None else names
            questions = Questions(present, absent, names.of_tables(present, absent, plain), budget)
            requests, outcomes = changes(questions)
            requests = [change for change in requests if change not in requests_known]
            outcomes = [change for change in outcomes if _without_direction(change) not in outcomes_known]
            grouped.add(listed, requests, outcomes, Causes(old, new, questions.tables))
        yield from grouped.effects(fact, accepted=False)


class _Grouped:
    """The changes of the values of a fact, each change with all values that make it."""

    def __init__(self) -> None:
        self._requests: dict[RequestChange, tuple[Causes, list[_Listed]]] = {}
        self._outcomes: dict[OutcomeChange, tuple[Causes, list[_Listed]]] = {}

    def add(
        self,
        values: Sequence[_Listed],
        requests: Iterable[RequestChange],
        outcomes: Iterable[OutcomeChange],
        causes: Causes,
    ) -> None:
        """Add the changes that these values make."""
        for request in requests:
            self._requests.setdefault(request, (causes, []))[1].extend(values)
        for outcome in outcomes:
            self._outcomes.setdefault(outcome, (causes, []))[1].extend(values)

    def effects(self, fact: Fact, *, accepted: bool) -> Iterator[FactEffect]:
        """Yield an effect for each set of values, with all changes that exactly these values make."""
        groups: dict[tuple[FactValue, ...], tuple[list[RequestChange], list[OutcomeChange]]] = {}
        for request, (causes, values) in self._requests.items():
            changed = replace(request, cause=causes.of_request(request))
            groups.setdefault(_joined(values), ([], []))[0].append(changed)
        for outcome, (causes, values) in self._outcomes.items():
            reacted = replace(outcome, cause=causes.of_outcome(outcome))
            groups.setdefault(_joined(values), ([], []))[1].append(reacted)
        for of_values, (requests, outcomes) in groups.items():
            in_order = tuple(worst_first(requests)), tuple(worst_first(outcomes))
            yield FactEffect(fact.name, of_values, *in_order, accepted)


def _without_direction(change: OutcomeChange) -> object:
    return change.who, change.occasion, change.old, change.new


def _alike(
    table: DecisionTable, fact: Fact, values: Collection[str], budget: Budget
) -> Iterator[tuple[DecisionTable, list[_Listed]]]:
    """Yield the table of requests with these values of a fact, once for each group of values with the same effects.

    Values that change nothing are left out.
    """
    absent = _given(table, fact.name, None)
    alike: dict[tuple[int, int], list[_Listed]] = {}
    for index, (value, words) in enumerate(values_of(fact, (table.tier, table.outcome))):
        if isinstance(words, str) and words not in values:
            continue
        budget.take(1)
        given = _given(table, fact.name, value)
        alike.setdefault((given.tier.root, given.outcome.root), []).append((index, words))
    for (tier, outcome), listed in alike.items():
        if (tier, outcome) != (absent.tier.root, absent.outcome.root):
            yield _with_roots(table, tier, outcome), listed


def _given(table: DecisionTable, fact: str, value: Value | None) -> DecisionTable:
    """Return the table of requests and outcomes that have this value of a fact, or that do not have the fact (None)."""
    return _with_roots(table, table.tier.given(fact, value).root, table.outcome.given(fact, value).root)


def _with_roots(table: DecisionTable, tier: int, outcome: int) -> DecisionTable:
    return replace(table, tier=replace(table.tier, root=tier), outcome=replace(table.outcome, root=outcome))


def _joined(values: list[_Listed]) -> tuple[FactValue, ...]:
    """Return values in their order, with neighbouring ranges as one."""
    joined: list[FactValue] = []
    for _, value in sorted(values, key=lambda listed: listed[0]):
        last = joined[-1] if joined else None
        if isinstance(value, tuple) and isinstance(last, tuple) and last[1] is not None and value[0] == last[1] + 1:
            joined[-1] = (last[0], value[1])
        else:
            joined.append(value)
    return tuple(joined)
