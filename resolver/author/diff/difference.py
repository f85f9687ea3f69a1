"""The difference of two policies, as values: changed requests, outcomes, models and escalations, with directions."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from resolver.author.diff.changed_settings import CoolDownChange, ModelChange, ProviderChange
from resolver.diagnostics import Place
from resolver.domain import Ladder, Rule, Subject
from resolver.frozen import frozen
from resolver.table import Answer, AnyOther, PolicyRow

Name = str | AnyOther | None
"""A role, triad, phase or kind. None means without a phase or kind; ANY_OTHER is every name that neither policy has."""


class Direction(StrEnum):
    """The direction of a change; `changes` is neither up nor down."""

    LOWERS = "lowers"
    RAISES = "raises"
    CHANGES = "changes"


class Verdict(StrEnum):
    """All changes in one word; `mixed` means that some raise and some lower, or that some do neither."""

    EQUIVALENT = "equivalent"
    RAISES = "raises"
    LOWERS = "lowers"
    MIXED = "mixed"


@frozen
class RequestGroup:
    """Requests of these roles and triads, in these phases, escalated to one of these tiers (None: not escalated).

    `facts` are the extra facts of one such request, which represents all requests with the same answers.
    """

    roles: tuple[Name, ...]
    triads: tuple[Name, ...]
    phases: tuple[Name, ...]
    entries: tuple[str | None, ...]
    facts: tuple[tuple[str, str | int], ...] = ()


@frozen
class OutcomeGroup:
    """Outcomes of some requests: failures of these kinds, counted in a row (`strikes`), or successes (no strikes).

    `earlier` is for a witness: the highest tiers that failed in the streak under the old and the new policy, if they
    are not the tiers of the request itself.
    """

    kinds: tuple[Name, ...]
    strikes: tuple[int, ...]
    earlier: tuple[str, str] | None = None

    @property
    def failed(self) -> bool:
        """Return whether these outcomes are failures."""
        return bool(self.strikes)


@frozen
class OutcomeEffect:
    """The effect of an outcome under one policy, the tier that it escalates to, and the rule that decides it."""

    effect: str | None
    to_tier: str | None
    rule: Rule | None


@frozen
class Cause:
    """The rows that decide under the old and under the new policy, and the places to look at in the new policy."""

    old_rows: tuple[PolicyRow, ...] = ()
    new_rows: tuple[PolicyRow, ...] = ()
    places: tuple[Place, ...] = ()


@frozen
class RequestChange:
    """Requests that get another tier."""

    who: RequestGroup
    old: Answer
    new: Answer
    direction: Direction
    cause: Cause = Cause()


@frozen
class OutcomeChange:
    """Outcomes with another effect. `who` and `occasion` name everything that the same two rules affect.

    Not every combination of them is affected, unless they were merged exactly. `witness` is one that is, and `old` and
    `new` are its effects.
    """

    who: RequestGroup
    occasion: OutcomeGroup
    old: OutcomeEffect
    new: OutcomeEffect
    direction: Direction
    witness: tuple[RequestGroup, OutcomeGroup] | None = None
    cause: Cause = Cause()


FactValue = str | tuple[int | None, int | None]
"""A text, or the numbers from the first to the last; None means without end."""


@frozen
class FactEffect:
    """The changes that these values of a fact make: each request is compared with the same one without the fact.

    If requests can now give the values (`accepted`), both sides of each change are under the new policy, and the new
    side has the fact. If they can no longer give them, the old side has the fact under the old policy, and the new side
    is without it under the new policy.
    """

    fact: str
    values: tuple[FactValue, ...]
    requests: tuple[RequestChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    accepted: bool = True


@frozen
class EntryChange:
    """Escalations in force that give some request another tier, also because an entry is new, gone or different.

    `phase` is the phase of one such request; `old` and `new` are its decisions.
    """

    subjects: tuple[Subject, ...]
    old_entry: str | None
    new_entry: str | None
    phase: Name
    old: Answer
    new: Answer
    direction: Direction
    cause: Cause = Cause()


@frozen
class Difference:
    """All changes between two policies.

    `refused` names facts and values that only the old policy accepts, `accepted` those that only the new policy
    accepts, and `effects` says what the values do.
    """

    requests: tuple[RequestChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    models: tuple[ModelChange, ...]
    entries: tuple[EntryChange, ...]
    refused: tuple[str, ...]
    accepted: tuple[str, ...]
    providers: tuple[ProviderChange, ...] = ()
    effects: tuple[FactEffect, ...] = ()
    cool_down: CoolDownChange | None = None

    @property
    def verdict(self) -> Verdict:
        """Return all changes in one word."""
        directions = self.directions
        others = (self.models, self.providers, self.cool_down, self.refused, self.accepted)
        if not directions and not any(others):
            return Verdict.EQUIVALENT
        up_or_down = directions - {Direction.CHANGES}
        return Verdict(next(iter(up_or_down))) if len(up_or_down) == 1 else Verdict.MIXED

    @property
    def lowers(self) -> bool:
        """Return whether any change lowers."""
        return Direction.LOWERS in self.directions

    @property
    def directions(self) -> set[Direction]:
        """Return the directions of all changes."""
        effects = [(effect.requests, effect.outcomes) for effect in self.effects]
        directions: set[Direction] = set()
        for requests, outcomes in [(self.requests, self.outcomes), *effects]:
            directions |= {change.direction for change in requests} | {change.direction for change in outcomes}
        return directions | {change.direction for change in self.entries}


class Directed(Protocol):
    """Anything with a direction."""

    @property
    def direction(self) -> Direction:
        """Return the direction."""
        ...


_Directed = TypeVar("_Directed", bound=Directed)


def worst_first(changes: Iterable[_Directed]) -> list[_Directed]:
    """Return changes in the order of their directions, `lowers` first."""
    order = [*Direction]
    return sorted(changes, key=lambda change: order.index(change.direction))


def direction(old: Ladder, new: Ladder, before: str | None, after: str | None) -> Direction:
    """Return the direction from a tier of one ladder to a tier of another.

    If no ladder has both tiers, a tier that both ladders have must lie between them.

    Args:
        old: The ladder of the old policy.
        new: The ladder of the new policy.
        before: The tier under the old policy; None if there is no tier.
        after: The tier under the new policy; None if there is no tier.

    """
    if before is None or after is None or before == after:
        return Direction.CHANGES
    for ladder in (new, old):
        if before in ladder.tiers and after in ladder.tiers:
            return Direction.RAISES if ladder.rank(after) > ladder.rank(before) else Direction.LOWERS
    shared = [tier for tier in old.tiers if tier in new.tiers]
    up = any(old.rank(before) <= old.rank(tier) and new.rank(tier) <= new.rank(after) for tier in shared)
    down = any(old.rank(before) >= old.rank(tier) and new.rank(tier) >= new.rank(after) for tier in shared)
    if up == down:
        return Direction.CHANGES
    return Direction.RAISES if up else Direction.LOWERS
