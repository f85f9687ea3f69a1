"""Replays logged decisions: asks a policy again, and counts the requests that would get another tier.

Each distinct request is asked once, so that a million decisions cost a million look-ups.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from resolver.author.replay.decision_lines import DecisionLine, Shape
from resolver.author.replay.declared_facts import DeclaredFacts, Facts
from resolver.domain import Rule, Subject
from resolver.frozen import frozen
from resolver.table import DecisionTable


@frozen
class ChangedDecision:
    """Logged requests of a role in a phase, under an entry, that would get another tier.

    `to_tier` and `rule` are None if the policy leaves them undecided. `first` is the line of the first of `count`
    requests.
    """

    role: str
    phase: str | None
    entry: str | None
    from_tier: str
    to_tier: str | None
    rule: Rule | None
    count: int
    first: int


@frozen
class Decided:
    """The result for logged decisions: how many there are, and which would change, the most frequent first.

    `without_entry` counts the decisions that do not record the entry in force; they are asked again without an entry.
    `dropped` counts the decisions that the log left out.
    """

    count: int = 0
    without_entry: int = 0
    dropped: int = 0
    otherwise: tuple[ChangedDecision, ...] = ()

    @property
    def other(self) -> int:
        """Return the number of decisions that would change."""
        return sum(group.count for group in self.otherwise)


Answer = tuple[str | None, str | None]
"""The tier that a request gets, and the name of the rule."""


@dataclass(slots=True)
class _Tally:
    """Equal decisions: the policy's answer, their number, and the line of the first."""

    answer: Answer
    first: int
    count: int = 0


class Asking:
    """Asks a policy again for logged decisions. `other` replaces every triad that is not among `triads`."""

    def __init__(self, table: DecisionTable, facts: DeclaredFacts, triads: frozenset[str], other_triad: str) -> None:
        self.table = table
        self.facts = facts
        self.triads = triads
        self.other = other_triad
        self.tiers = frozenset(table.policy.model_tiers.ladder.tiers)
        self.count = self.without_entry = self.dropped = 0
        self.known: dict[tuple[str, Shape, Facts], _Tally] = {}

    def take(self, decision: DecisionLine) -> None:
        """Count a decision, and ask for it unless an equal decision was asked for before."""
        line = decision.line
        triad = line["triad"]
        facts = self.facts.of(line["facts"]) if line.get("facts") else ()
        key = (triad if triad in self.triads else self.other, decision.shape, facts)
        tally = self.known.get(key)
        if tally is None:
            self.known[key] = tally = _Tally(self.ask(*key), decision.number)
        tally.count += 1
        self.count += 1
        if "entry" not in line:
            self.without_entry += 1
        if "dropped" in line:
            self.dropped += line["dropped"] or 0

    def ask(self, triad: str, shape: Shape, extra: Facts) -> Answer:
        """Return the policy's answer; an entry that is not a tier of the policy is ignored."""
        role, phase, entry, _ = shape
        entry = entry if entry in self.tiers else None
        facts = self.table.facts_of(Subject(triad, role), phase, dict(extra), entry=entry)
        decision = self.table.decide(facts)
        return (decision.tier, decision.rule) if decision else (None, None)

    def found(self) -> Decided:
        """Return the result for all decisions so far."""
        rules = {rule.name: rule for rule in self.table.tier.rules}
        groups: dict[tuple[object, ...], ChangedDecision] = {}
        for (_, (role, phase, entry, was), _), tally in self.known.items():
            tier, rule = tally.answer
            if tier == was:
                continue
            key = (role, phase or None, entry, was, tier, rule)
            group = groups.get(key)
            if group is None:
                which = rules[rule] if rule is not None else None
                groups[key] = ChangedDecision(role, phase or None, entry, was, tier, which, tally.count, tally.first)
            else:
                groups[key] = replace(group, count=group.count + tally.count, first=min(group.first, tally.first))
        otherwise = sorted(groups.values(), key=lambda group: (-group.count, group.first))
        return Decided(self.count, self.without_entry, self.dropped, tuple(otherwise))
