"""What-if: the nearest single changes of a request's facts that would give it another tier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resolver.diagnostics import ResolverError
from resolver.domain import (
    EffectKind,
    Explanation,
    Facts,
    Rule,
    RulesetName,
    Standing,
    Streak,
    Text,
    Value,
    unused_name,
)
from resolver.domain.facts import LARGEST_INTEGER
from resolver.frozen import frozen
from resolver.table import DecisionTable, Report, after, judge_outcome

_MOST_FAILURES = 1_000


@frozen
class Nearest:
    """One change of a fact (`failures`: the number of failures that follow), the tier that it gives, and its rule.

    `why` says why an escalation is more than one step up, if it is.
    """

    fact: str
    value: Value | None
    words: str
    tier: str
    rule: Rule
    why: str = ""


def nearest(table: DecisionTable, of: Explanation, extra: Facts, streak: Streak | None) -> list[Nearest]:
    """Return the changes that would give the request of an explanation another tier, nearest first.

    A change is another phase, more failures after `streak`, another entry, or another value of an extra fact. Each kind
    of change is named once for each tier that it can give.

    Args:
        table: The decision table of the policy.
        of: The explanation of the request.
        extra: The extra facts of the request.
        streak: The streak of its subject; None if it has none.

    """
    request = _Request(table, of, extra)
    changes = [*request.phases(), *request.failures(streak), *request.entries()]
    for name in table.policy.facts:
        changes += request.values(name)
    return changes


class _Request:
    def __init__(self, table: DecisionTable, of: Explanation, extra: Facts) -> None:
        self.table = table
        self.subject, self.phase, self.extra = of.subject, of.phase, extra
        self.tier = of.decision.tier
        self.entry = table.policy.model_tiers.escalation_state.get(of.subject)

    def phases(self) -> Iterator[Nearest]:
        """Yield the first phase for each other tier: no phase comes first, any unlisted phase last."""
        index, question = self.table.index, self.table.tier
        listed = dict.fromkeys((*index.overrides.get(self.subject.role, ()), *question.named("phase")))
        unlisted = unused_name("any other phase", listed)
        named: list[tuple[str | None, str]] = [(None, "no phase"), *((phase, f"phase {phase}") for phase in listed)]
        changes = [(phase, words, self.asked(phase, self.extra, self.entry)) for phase, words in named]
        changes.append(("*", "any other phase", self.asked(unlisted, self.extra, self.entry)))
        yield from self.others("phase", [change for change in changes if change[0] != self.phase])

    def entries(self) -> Iterator[Nearest]:
        """Yield the tier with each other entry, and without one."""
        tiers = self.table.policy.model_tiers.ladder.tiers
        entries: list[tuple[Value | None, str, Facts]] = [
            (tier, f"an escalation to {tier}", self.asked(self.phase, self.extra, tier)) for tier in tiers
        ]
        if self.entry is not None:
            entries.insert(0, (None, "without its escalation", self.asked(self.phase, self.extra, None)))
        yield from self.others("escalated_tier", entries)

    def values(self, name: str) -> Iterator[Nearest]:
        """Yield the tier with each other value of an extra fact."""
        fact = self.table.policy.facts[name]
        values: list[Value]
        if isinstance(fact.domain, Text):
            values = list(fact.domain.values)
        else:
            values = [*self.numbers(name, int(self.extra.get(name, 0)))]
        without = {key: value for key, value in self.extra.items() if key != name}
        changes: list[tuple[Value | None, str, Facts]] = [
            (value, f"{name} {value}", self.asked(self.phase, {**self.extra, name: value}, self.entry))
            for value in values
        ]
        if name in self.extra:
            changes.insert(0, (None, f"no {name}", self.asked(self.phase, without, self.entry)))
        yield from self.others(name, changes)

    def numbers(self, name: str, present: int) -> list[int]:
        """Return the nearest number to `present` of each range that rules do not tell apart, nearest first."""
        by_class: dict[int, int] = {}
        for variable in self.table.tier.universe.variables:
            if variable.facts == (name,):
                around = {present, *(cut + step for cut in variable.cuts for step in (-1, 0, 1))}
                for number in sorted(around, key=lambda number: (abs(number - present), number)):
                    if abs(number) <= LARGEST_INTEGER:
                        by_class.setdefault(variable.class_of({name: number}), number)
        return list(by_class.values())

    def failures(self, streak: Streak | None) -> Iterator[Nearest]:
        """Yield how many failures in a row, without a kind, would give another tier, if any number does."""
        standing = Standing(self.entry, streak)
        report = Report(self.subject, self.phase, self.extra, failed=True)
        standings: set[Standing] = set()
        for count in range(1, _MOST_FAILURES):
            try:
                decided = judge_outcome(self.table, report, standing)
            except ResolverError:
                return
            standing = after(decided, standing)
            facts = self.asked(self.phase, self.extra, standing.entry)
            changed = next(self.others("failures", [(count, "", facts)]), None)
            if changed is not None and decided.effect is EffectKind.ESCALATE and decided.rule is not None:
                words = f"{count} more {'failure' if count == 1 else 'failures'}"
                yield Nearest("failures", count, words, changed.tier, decided.rule, decided.why)
                return
            if standing.streak is None and standing in standings:
                return
            standings.add(standing)

    def asked(self, phase: str | None, extra: Facts, entry: str | None) -> Facts:
        """Return the facts of the request with some of them changed."""
        return self.table.facts_of(self.subject, phase, extra, entry=entry)

    def others(self, fact: str, changes: Iterable[tuple[Value | None, str, Facts]]) -> Iterator[Nearest]:
        """Yield the first change for each tier that is not the tier in force."""
        tiers = {self.tier}
        rules = {rule.name: rule for rule in self.table.policy.rules[RulesetName.TIER]}
        for value, words, facts in changes:
            decision = self.table.decide(facts)
            if decision is not None and decision.tier not in tiers:
                tiers.add(decision.tier)
                yield Nearest(fact, value, words, decision.tier, rules[decision.rule])
