"""Directions in which requests move when an outcome has one effect instead of another."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.author.diff.difference import Direction, Name, OutcomeEffect, direction
from resolver.author.diff.name_groups import Alike, Nodes, Pair, Roles
from resolver.author.diff.request_groups import Questions
from resolver.domain import EffectKind

_PUSH = {EffectKind.COUNT: 3, EffectKind.IGNORE: 2, EffectKind.RESET: 1, EffectKind.HOLD: 1}
"""Rank of the effects that keep the tier, by how close they bring the next escalation."""
_ALL = (Direction.LOWERS, Direction.RAISES)
_Key = tuple[object, ...]
_Tiers = frozenset[tuple[str | None, ...]]


class Ways:
    """The ways that all requests of some roles of a triad go, in every phase and with any extra facts."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self._phases: dict[tuple[Name, Nodes], dict[_Key, Alike]] = {}
        self._tiers: dict[object, _Tiers] = {}
        self._known: dict[object, tuple[Direction, ...]] = {}

    def of(
        self, roles: Roles, triads: Alike, entry: str | None, reactions: tuple[OutcomeEffect, OutcomeEffect]
    ) -> tuple[Direction, ...]:
        """Return the ways that requests go by the second reaction instead of the first, `lowers` before `raises`.

        What only follows from another tier of a request goes no way of its own.
        """
        old, new = reactions
        if old.effect is None or new.effect is None:
            return (Direction.CHANGES,)
        to = old.to_tier or entry, new.to_tier or entry
        push = 0
        if old.to_tier is None and new.to_tier is None:
            push = _PUSH[EffectKind(new.effect)] - _PUSH[EffectKind(old.effect)]
        key = frozenset(self._requests(roles, triads)), entry, to, push
        if key not in self._known:
            ways = self._pushed(roles, triads, entry, push) if push else {*self._raised(roles, triads, entry, to)}
            self._known[key] = tuple(way for way in _ALL if way in ways) or (Direction.CHANGES,)
        return self._known[key]

    def _raised(self, roles: Roles, triads: Alike, entry: str | None, to: Pair) -> Iterator[Direction]:
        """Yield the ways of requests that get the same now, and other tiers with these entries."""
        combinations = (0, entry), (1, entry), (0, to[0]), (1, to[1])
        for phase in self._requests(roles, triads).values():
            for was, now, before, after in self._together(roles, phase, combinations):
                if was == now:
                    yield direction(*self.questions.ladders, before, after)

    def _pushed(self, roles: Roles, triads: Alike, entry: str | None, push: int) -> set[Direction]:
        """Return the way towards an escalation or from it, if one would give a request a higher tier."""
        for index, ladder in enumerate(self.questions.ladders):
            combinations = tuple((index, candidate) for candidate in (entry, *self.questions.entries))
            for phase in self._requests(roles, triads).values():
                for tier, *others in self._together(roles, phase, combinations):
                    if tier is not None and any(
                        ladder.rank(other_tier) > ladder.rank(tier) for other_tier in others if other_tier
                    ):
                        return {Direction.RAISES if push > 0 else Direction.LOWERS}
        return set()

    def _requests(self, roles: Roles, triads: Alike) -> dict[_Key, Alike]:
        """Return a phase for each sort of request that these roles make, by what is left of the diagrams for it."""
        of = roles.names[0], triads.nodes
        if of not in self._phases:
            self._phases[of] = {
                (phase.tiers, phase.overrides, roles.defaults): phase
                for phase in self.questions.names.phases(roles, triads.nodes)
            }
        return self._phases[of]

    def _together(self, roles: Roles, phase: Alike, of: tuple[tuple[int, str | None], ...]) -> _Tiers:
        """Return the tiers that a request gets for the same extra facts: of each of these policies and entries one."""
        places = tuple(self.questions.later(index, roles, phase, entry) for index, entry in of)
        key = tuple((index, place.node) for (index, _), place in zip(of, places, strict=True))
        if key not in self._tiers:
            self._tiers[key] = frozenset(
                tuple(answer.tier for answer in answers) for answers, _ in self.questions.walker.answers(*places)
            )
        return self._tiers[key]
