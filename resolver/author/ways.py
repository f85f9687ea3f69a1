"""Which way requests go by one reaction to an outcome instead of another."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.author.compared import Pair, Roles
from resolver.author.difference import Direction, Name, Reaction, direction
from resolver.author.joint import Asked
from resolver.author.questions import Questions, answer
from resolver.domain import EffectKind

_PUSH = {EffectKind.COUNT: 3, EffectKind.IGNORE: 2, EffectKind.RESET: 1, EffectKind.HOLD: 1}
"""How far an effect that leaves the tier leads towards the next escalation."""
_ALL = (Direction.LOWERS, Direction.RAISES)
_Key = tuple[object, ...]
_Tiers = frozenset[tuple[str | None, ...]]


class Ways:
    """The ways that all requests of some roles of a triad go, in every phase and with whatever extra facts."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self._phases: dict[tuple[Name, Name], tuple[frozenset[_Key], dict[_Key, Name]]] = {}
        self._tiers: dict[object, _Tiers] = {}
        self._known: dict[object, tuple[Direction, ...]] = {}

    def of(
        self, roles: Roles, triad: Name, entry: str | None, reactions: tuple[Reaction, Reaction]
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
        requests, _ = self._requests(roles, triad)
        key = requests, entry, to, push
        if key not in self._known:
            found = self._pushed(roles, triad, entry, push) if push else {*self._raised(roles, triad, entry, to)}
            self._known[key] = tuple(way for way in _ALL if way in found) or (Direction.CHANGES,)
        return self._known[key]

    def _raised(self, roles: Roles, triad: Name, entry: str | None, to: Pair) -> Iterator[Direction]:
        """Yield the ways of requests that get the same now, and other tiers with these entries."""
        _, phases = self._requests(roles, triad)
        asked = (0, entry), (1, entry), (0, to[0]), (1, to[1])
        for key, phase in phases.items():
            for was, now, before, after in self._together(key, roles, triad, phase, asked):
                if was == now:
                    yield direction(*self.questions.ladders, before, after)

    def _pushed(self, roles: Roles, triad: Name, entry: str | None, push: int) -> set[Direction]:
        """Return the way towards an escalation or from it, if one would give a request a higher tier."""
        _, phases = self._requests(roles, triad)
        for at, ladder in enumerate(self.questions.ladders):
            asked = tuple((at, other) for other in (entry, *self.questions.entries))
            for key, phase in phases.items():
                for tier, *others in self._together(key, roles, triad, phase, asked):
                    if tier is not None and any(ladder.rank(other) > ladder.rank(tier) for other in others if other):
                        return {Direction.RAISES if push > 0 else Direction.LOWERS}
        return set()

    def _requests(self, roles: Roles, triad: Name) -> tuple[frozenset[_Key], dict[_Key, Name]]:
        """Return a key for each sort of request that these roles make, and a phase in which they make it."""
        of = roles.names[0], triad
        if of not in self._phases:
            phases = {self.questions.key(roles, triad, phase): phase for phase in self.questions.names.phases(roles)}
            self._phases[of] = frozenset(phases), phases
        return self._phases[of]

    def _together(
        self, key: _Key, roles: Roles, triad: Name, phase: Name, of: tuple[tuple[int, str | None], ...]
    ) -> _Tiers:
        """Return the tiers that a request gets for the same extra facts: of each of these policies and entries one."""
        if (key, of) not in self._tiers:
            asks = self.questions
            facts = [asks.facts(roles, triad, phase, (entry, entry))[at] for at, entry in of]
            asked = [Asked(asks.tables[at].tier, each) for (at, _), each in zip(of, facts, strict=True)]
            self._tiers[key, of] = frozenset(
                tuple(answer(rule, {**each, **extra}).tier for rule, each in zip(rules, facts, strict=True))
                for rules, extra in asks.joint.answers(*asked)
            )
        return self._tiers[key, of]
