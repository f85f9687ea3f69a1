"""What differs between two policies, as values: which requests, outcomes, models and escalations, and which way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resolver.domain import Ladder, Rule, Subject
from resolver.table import Answer, AnyOther

Name = str | AnyOther | None
"""A role, triad, phase or kind; None is no phase or no kind, ANY_OTHER all that neither policy names."""


class Direction(StrEnum):
    """Which way a change goes; `changes` is neither up nor down."""

    LOWERS = "lowers"
    RAISES = "raises"
    CHANGES = "changes"


class Verdict(StrEnum):
    """All changes in a word; `mixed` are some up and some down, or some that are neither."""

    EQUIVALENT = "equivalent"
    RAISES = "raises"
    LOWERS = "lowers"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class RequestGroup:
    """Requests: of all these roles and triads, in all these phases, escalated to any of these tiers (None: to none).

    `facts` are extra facts of one such request, which stands for all that get the same answers.
    """

    roles: tuple[Name, ...]
    triads: tuple[Name, ...]
    phases: tuple[Name, ...]
    entries: tuple[str | None, ...]
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Outcomes of some requests: failures of these kinds, as the n-th in a row, or successes (no strikes)."""

    kinds: tuple[Name, ...]
    strikes: tuple[int, ...]

    @property
    def failed(self) -> bool:
        """Tell whether these are failures."""
        return bool(self.strikes)


@dataclass(frozen=True, slots=True)
class OutcomeEffect:
    """What an outcome does under one of the policies: an effect, the tier that it escalates to, and the rule."""

    effect: str | None
    to_tier: str | None
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class RequestChange:
    """Requests that get another tier."""

    who: RequestGroup
    old: Answer
    new: Answer
    direction: Direction


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Outcomes that do something else: `who` and `occasion` name all that are concerned by the same rules.

    Not all of them in every combination; `witness` is one who is, and `old` and `new` are what its outcome does.
    """

    who: RequestGroup
    occasion: OutcomeGroup
    old: OutcomeEffect
    new: OutcomeEffect
    direction: Direction
    witness: tuple[RequestGroup, OutcomeGroup] | None = None


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A tier that means another model at a provider (None: none), or has its providers in another order."""

    tier: str
    provider: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class EntryChange:
    """Escalations in force of which some request gets another tier, also because they are new, gone or other ones.

    `phase` is that of one such request, and `old` and `new` are what it gets.
    """

    subjects: tuple[Subject, ...]
    old_entry: str | None
    new_entry: str | None
    phase: Name
    old: Answer
    new: Answer
    direction: Direction


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs.

    `refused` names facts and values that requests could give to the old policy only, and `accepted` those that they can
    give to the new one only.
    """

    requests: tuple[RequestChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    models: tuple[ModelChange, ...]
    entries: tuple[EntryChange, ...]
    refused: tuple[str, ...]
    accepted: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Return all of it in a word."""
        found = self.directions
        if not found and not self.models and not self.refused and not self.accepted:
            return Verdict.EQUIVALENT
        up_or_down = found - {Direction.CHANGES}
        return Verdict(next(iter(up_or_down))) if len(up_or_down) == 1 else Verdict.MIXED

    @property
    def lowers(self) -> bool:
        """Tell whether anything falls."""
        return Direction.LOWERS in self.directions

    @property
    def directions(self) -> set[Direction]:
        """Return which ways anything goes."""
        found = {one.direction for one in self.requests} | {one.direction for one in self.outcomes}
        return found | {one.direction for one in self.entries}


def direction(old: Ladder, new: Ladder, before: str | None, after: str | None) -> Direction:
    """Return which way it goes from a tier of one ladder to a tier of another.

    Where no ladder has both, a tier that both have must lie between them.
    """
    if before is None or after is None or before == after:
        return Direction.CHANGES
    for ladder in (new, old):
        if before in ladder.tiers and after in ladder.tiers:
            return Direction.RAISES if ladder.rank(after) > ladder.rank(before) else Direction.LOWERS
    shared = [tier for tier in old.tiers if tier in new.tiers]
    up = any(old.rank(before) <= old.rank(one) and new.rank(one) <= new.rank(after) for one in shared)
    down = any(old.rank(before) >= old.rank(one) and new.rank(one) >= new.rank(after) for one in shared)
    if up == down:
        return Direction.CHANGES
    return Direction.RAISES if up else Direction.LOWERS
