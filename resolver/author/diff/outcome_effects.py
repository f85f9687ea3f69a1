"""Effects of outcomes under two policies, in every state of a streak that both can be in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from resolver.author.diff.difference import Direction, Name, OutcomeEffect, OutcomeGroup
from resolver.author.diff.directions import Ways
from resolver.author.diff.name_groups import Alike, Nodes, Pair, Roles, strikes_of
from resolver.author.diff.request_groups import Given, Questions
from resolver.domain import EffectKind, Facts, Subject
from resolver.frozen import frozen
from resolver.table import ANY_OTHER, Answer
from resolver.table.outcome import failure_facts
from resolver.table.walk import Place

Change = tuple[OutcomeGroup, OutcomeEffect, OutcomeEffect, Direction, Given]
"""An outcome, what it does under both policies, a way that goes, and extra facts for which it does."""
_Raw = tuple[OutcomeGroup, OutcomeEffect, OutcomeEffect, Given]


@frozen
class Situation:
    """Requests of some roles with an entry, and the tiers that they get under both policies (with such extra facts)."""

    roles: Roles
    triads: Alike
    phase: Alike
    entry: str | None
    tiers: tuple[str, str]
    extra: Given


class Reactions:
    """Asks what outcomes do, for all that neither policy can tell apart once."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self.ways = Ways(questions)
        self._known: dict[object, list[_Raw]] = {}
        self._kinds: dict[Nodes, list[tuple[Name, ...]]] = {}
        self._strikes = strikes_of(*(table.outcome for table in questions.tables))

    def of(self, here: Situation, pairs: frozenset[Pair]) -> Iterator[Change]:
        """Yield the outcomes that do something else, for each way that they go.

        `pairs` are the tiers of all requests of these roles. What only follows from another tier of the request goes no
        way of its own.
        """
        for occasion, old, new, given in self._differing(here, pairs):
            if here.tiers[0] != here.tiers[1]:
                yield occasion, old, new, Direction.CHANGES, given
                continue
            for way in self.ways.of(here.roles, here.triads, here.entry, (old, new)):
                yield occasion, old, new, way, given

    def _differing(self, here: Situation, pairs: frozenset[Pair]) -> list[_Raw]:
        asks = self.questions
        subject = Subject(*asks.names.subject_names(here.roles, here.triads.names[0]))
        without = tuple(table.index.tiers_without_entry(subject) for table in asks.tables)
        places = tuple(asks.place(index, here.roles, here.phase, here.entry) for index in (0, 1))
        key = (*(place.node for place in places), here.phase.outcomes, here.entry, here.tiers, pairs, without)
        if key not in self._known:
            self._known[key] = [
                change
                for occasion, outcomes in self._occasions(here, pairs, subject)
                for change in self._changes(here, occasion, places, outcomes)
            ]
        return self._known[key]

    def _occasions(
        self, here: Situation, pairs: frozenset[Pair], subject: Subject
    ) -> Iterator[tuple[OutcomeGroup, tuple[Place, Place]]]:
        """Yield the outcomes that there can be, with what is left of the diagrams of `outcome` for each of them."""
        success: Facts = {"result": "success"}
        yield OutcomeGroup((), ()), self._outcomes(here, (success, success))
        kinds = self._kinds_of(here.phase.outcomes)
        for failed, strikes in product(_failed(self.questions, here.tiers, pairs), self._strikes):
            if strikes == 1 and failed != here.tiers:
                continue
            old, new = (self._failure(index, here, subject, failed[index], strikes) for index in range(len(failed)))
            for alike in kinds:
                kind = alike[0]
                unlisted = self.questions.names.unlisted["kind"]
                more: Facts = {} if kind is None else {"kind": kind if isinstance(kind, str) else unlisted}
                earlier = None if failed == here.tiers else failed
                yield OutcomeGroup(alike, (strikes,), earlier), self._outcomes(here, ({**old, **more}, {**new, **more}))

    def _outcomes(self, here: Situation, facts: tuple[Facts, Facts]) -> tuple[Place, Place]:
        old, new = (
            Place(table.outcome, table.outcome.after(of, self.questions.walker.facts, node))
            for table, of, node in zip(self.questions.tables, facts, here.phase.outcomes, strict=True)
        )
        return old, new

    def _failure(self, index: int, here: Situation, subject: Subject, failed: str, strikes: int) -> Facts:
        table, tier = self.questions.tables[index], here.tiers[index]
        return failure_facts(table, subject, here.entry, tier, failed=failed, strikes=strikes)

    def _kinds_of(self, nodes: Nodes) -> list[tuple[Name, ...]]:
        """Return all kinds, in groups that decide alike below two nodes of the diagrams of `outcome`."""
        if nodes not in self._kinds:
            questions = [table.outcome for table in self.questions.tables]
            asking = [
                (question, below)
                for question, node in zip(questions, nodes, strict=True)
                for below in question.diagram.nodes(node, to=question.level("kind"))
                if below >= 0 and question.diagram.level[below] == question.level("kind")
            ]
            named = dict.fromkeys(kind for question, node in asking for kind in question.leads(node, "kind")[0])
            groups: dict[tuple[int, ...], list[Name]] = {}
            for kind in (None, *named, ANY_OTHER):
                left = tuple(question.below(node, "kind", kind) for question, node in asking)
                groups.setdefault(left, []).append(kind)
            self._kinds[nodes] = [tuple(group) for group in groups.values()]
        return self._kinds[nodes]

    def _changes(
        self, here: Situation, occasion: OutcomeGroup, requests: tuple[Place, ...], outcomes: tuple[Place, Place]
    ) -> Iterator[_Raw]:
        met: set[tuple[OutcomeEffect, OutcomeEffect]] = set()
        for first, second, was, now, extra in self._answers(here, requests, outcomes):
            if (first, second) != here.tiers:
                continue
            old, new = _reaction(was, here), _reaction(now, here)
            same = old.effect == new.effect and (old.to_tier == new.to_tier or here.tiers[0] != here.tiers[1])
            if not same and (old, new) not in met:
                met.add((old, new))
                yield occasion, old, new, extra

    def _answers(
        self, here: Situation, requests: tuple[Place, ...], outcomes: tuple[Place, Place]
    ) -> Iterator[tuple[str | None, str | None, Answer, Answer, Given]]:
        """Yield the tiers and the outcomes that come together, for the same extra facts."""
        if all(place.node < 0 for place in outcomes):
            was, now = (place.question.answer(place.node) for place in outcomes)
            yield (*here.tiers, was, now, here.extra)
            return
        for (first, second, was, now), extra in self.questions.walker.answers(*requests, *outcomes):
            yield first.tier, second.tier, was, now, extra


def _reaction(answer: Answer, here: Situation) -> OutcomeEffect:
    rule, to_tier = answer.rule, answer.tier
    if rule is None:
        return OutcomeEffect(None, None, None)
    if rule.effect.kind is EffectKind.ESCALATE and to_tier is None:
        return OutcomeEffect(None, None, rule)  # the prover refuses such a policy
    if rule.effect.kind is EffectKind.ESCALATE and to_tier == here.entry:
        return OutcomeEffect(EffectKind.HOLD, None, rule)  # the entry is there already: nothing would change
    return OutcomeEffect(rule.effect.kind, to_tier, rule)


def _failed(asks: Questions, tiers: tuple[str, str], pairs: Iterable[Pair]) -> list[tuple[str, str]]:
    """Return the highest tiers that can have failed in a streak which now fails on `tiers`."""

    def higher(first: tuple[str, str], second: tuple[str, str]) -> tuple[str, str]:
        old, new = (
            max(pair, key=asks.ladders[index].rank) for index, pair in enumerate(zip(first, second, strict=True))
        )
        return old, new

    earlier = [(old, new) for old, new in pairs if old is not None and new is not None]
    reached = {tiers}
    while more := {higher(failed, pair) for failed in reached for pair in earlier} - reached:
        reached |= more
    return sorted(
        reached, key=lambda pair: [ladder.rank(tier) for ladder, tier in zip(asks.ladders, pair, strict=True)]
    )
