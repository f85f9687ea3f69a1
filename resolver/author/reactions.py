"""What outcomes do under two policies, in every state of a streak that both can be in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from resolver.author.compared import Pair, Roles, signatures
from resolver.author.difference import Direction, Name, Occasion, Reaction
from resolver.author.joint import Asked
from resolver.author.questions import Facts, Given, Questions, answer
from resolver.author.ways import Ways
from resolver.domain import EffectKind, Rule, Subject
from resolver.table.outcome import raised_tier
from resolver.table.table import target_of

Change = tuple[Occasion, Reaction, Reaction, Direction, Given]
"""An outcome, what it does under both policies, a way that goes, and extra facts for which it does."""
_Raw = tuple[Occasion, Reaction, Reaction, Given]
_NAMES = ("triad", "role", "phase")


@dataclass(frozen=True, slots=True)
class Situation:
    """Requests of some roles with an entry, and the tiers that they get under both policies (with such extra facts)."""

    roles: Roles
    triad: Name
    phase: Name
    entry: str | None
    tiers: tuple[str, str]
    extra: Given


class Reactions:
    """Asks what outcomes do, for all that neither policy can tell apart once."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self.ways = Ways(questions)
        self._known: dict[object, list[_Raw]] = {}
        self._signatures: dict[tuple[str, Name], tuple[object, ...]] = {}

    def of(self, here: Situation, pairs: frozenset[Pair]) -> Iterator[Change]:
        """Yield the outcomes that do something else, for each way that they go.

        `pairs` are the tiers of all requests of these roles. What only follows from another tier of the request goes no
        way of its own.
        """
        for occasion, old, new, given in self._differing(here, pairs):
            if here.tiers[0] != here.tiers[1]:
                yield occasion, old, new, Direction.CHANGES, given
                continue
            for way in self.ways.of(here.roles, here.triad, here.entry, (old, new)):
                yield occasion, old, new, way, given

    def _differing(self, here: Situation, pairs: frozenset[Pair]) -> list[_Raw]:
        asks, subject = self.questions, self._subject(here)
        without = tuple(table.index.tiers_without_entry(subject) for table in asks.tables)
        names = (("role", here.roles.names[0]), ("triad", here.triad), ("phase", here.phase))
        seen = tuple(self._seen(fact, name) for fact, name in names)
        key = (*asks.key(here.roles, here.triad, here.phase), here.entry, here.tiers, pairs, without, seen)
        if key not in self._known:
            found = [
                change
                for occasion, events in self._occasions(here, pairs, subject)
                for change in self._changes(here, occasion, events)
            ]
            self._known[key] = found
        return self._known[key]

    def _subject(self, here: Situation) -> Subject:
        names = self.questions.names
        return Subject(str(names.concrete("triad", here.triad)), str(names.concrete("role", here.roles.names[0])))

    def _seen(self, fact: str, name: Name) -> tuple[object, ...]:
        if (fact, name) not in self._signatures:
            value = self.questions.names.concrete(fact, name)
            questions = tuple(table.outcome for table in self.questions.tables)
            self._signatures[fact, name] = signatures(questions, fact, value)
        return self._signatures[fact, name]

    def _occasions(
        self, here: Situation, pairs: frozenset[Pair], subject: Subject
    ) -> Iterator[tuple[Occasion, tuple[Facts, Facts]]]:
        """Yield the outcomes that there can be, with what the rules of both policies see of each."""
        asks = self.questions
        asked, _ = asks.facts(here.roles, here.triad, here.phase, (None, None))
        names = {name: asked[name] for name in _NAMES if name in asked}
        success: Facts = {**names, "result": "success"}
        yield Occasion((), ()), (success, success)
        for failed, strikes in product(_failed(asks, here.tiers, pairs), asks.names.strikes):
            if strikes == 1 and failed != here.tiers:
                continue
            streak: Facts = {**names, "result": "failure", "strikes": strikes}
            old, new = ({**streak, **self._steps(at, here, subject, failed[at])} for at in range(len(failed)))
            for kinds in asks.names.kinds:
                kind = asks.names.concrete("kind", kinds[0])
                more: Facts = {} if kind is None else {"kind": kind}
                yield Occasion(kinds, (strikes,)), ({**old, **more}, {**new, **more})

    def _steps(self, at: int, here: Situation, subject: Subject, failed: str) -> Facts:
        table = self.questions.tables[at]
        steps = {
            "failed_tier": failed,
            "next_tier": table.policy.model_tiers.ladder.above(failed),
            "raised_tier": raised_tier(table, subject, here.entry, here.tiers[at], failed),
        }
        return {name: value for name, value in steps.items() if value is not None}

    def _changes(self, here: Situation, occasion: Occasion, events: tuple[Facts, Facts]) -> Iterator[_Raw]:
        seen: set[tuple[Reaction, Reaction]] = set()
        for rules, extra in self._answers(here, events):
            old, new = (_reaction(rule, {**of, **dict(extra)}, here) for rule, of in zip(rules, events, strict=True))
            same = old.effect == new.effect and (old.to_tier == new.to_tier or here.tiers[0] != here.tiers[1])
            if not same and (old, new) not in seen:
                seen.add((old, new))
                yield occasion, old, new, extra

    def _answers(self, here: Situation, events: tuple[Facts, Facts]) -> Iterator[tuple[tuple[Rule | None, ...], Given]]:
        """Yield the rules that win for the same extra facts, as far as the requests get their tiers with them."""
        asks = self.questions
        of_outcome = [Asked(table.outcome, of) for table, of in zip(asks.tables, events, strict=True)]
        if (rules := asks.joint.settled(*of_outcome)) is not None:
            yield rules, here.extra
            return
        asked = asks.facts(here.roles, here.triad, here.phase, (here.entry, here.entry))
        requests = [Asked(table.tier, of) for table, of in zip(asks.tables, asked, strict=True)]
        for (first, second, *found), extra in asks.joint.answers(*requests, *of_outcome):
            got = [answer(rule, {**of, **extra}).tier for rule, of in zip((first, second), asked, strict=True)]
            if tuple(got) == here.tiers:
                yield tuple(found), tuple(extra.items())


def _reaction(rule: Rule | None, facts: Facts, here: Situation) -> Reaction:
    if rule is None:
        return Reaction(None, None, None)
    to_tier = target_of(rule, facts)
    if rule.effect.kind is EffectKind.ESCALATE and to_tier is None:
        return Reaction(None, None, rule)  # the prover lets no such policy serve
    if rule.effect.kind is EffectKind.ESCALATE and to_tier == here.entry:
        return Reaction(EffectKind.HOLD, None, rule)  # the entry is there already: nothing would change
    return Reaction(rule.effect.kind, to_tier, rule)


def _failed(asks: Questions, tiers: tuple[str, str], pairs: Iterable[Pair]) -> list[tuple[str, str]]:
    """Return the highest tiers that can have failed in a streak which now fails on `tiers`."""

    def higher(one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
        old, new = (max(pair, key=asks.ladders[at].rank) for at, pair in enumerate(zip(one, other, strict=True)))
        return old, new

    earlier = [(old, new) for old, new in pairs if old is not None and new is not None]
    found = {tiers}
    while more := {higher(one, other) for one in found for other in earlier} - found:
        found |= more
    return sorted(found, key=lambda pair: [ladder.rank(tier) for ladder, tier in zip(asks.ladders, pair, strict=True)])
