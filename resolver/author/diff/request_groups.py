"""Asks two policies about every group of requests that neither policy can tell apart, once."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.author.diff.name_groups import Alike, Names, Pair, Roles
from resolver.domain import Value
from resolver.table import Answer, DecisionTable
from resolver.table.budget import Budget
from resolver.table.walk import MOST_STEPS, Place, Walker

Given = tuple[tuple[str, Value], ...]
"""Extra facts of a request."""
Both = tuple[Answer, Answer, Given]
"""The answers under the old and the new policy, with extra facts that lead to them."""


class Questions:
    """Asks two policies about the same requests, and keeps the answers.

    Raises TooLargeError if there are too many.
    """

    def __init__(
        self, old: DecisionTable, new: DecisionTable, names: Names | None = None, budget: Budget | None = None
    ) -> None:
        """Prepare to ask.

        Args:
            old: The table of the old policy.
            new: The table of the new policy.
            names: The names that the two tell apart, if they are known. If they have a `whole` table, `old` and `new`
                decide only requests with certain facts, and later requests are decided by the whole table.
            budget: The steps that may be taken; None means MOST_STEPS for walks.

        """
        self.tables = (old, new)
        self.ladders = old.policy.model_tiers.ladder, new.policy.model_tiers.ladder
        self.names = Names(old, new) if names is None else names
        self.budget = Budget(MOST_STEPS) if budget is None else budget
        self.walker = Walker([old.policy.facts, new.policy.facts], self.names.questions, self.budget)
        self.entries: list[str | None] = [None, *(t for t in self.ladders[0].tiers if t in self.ladders[1].tiers)]
        self._known: dict[tuple[int, ...], list[Both]] = {}

    def requests(self, roles: Roles, phase: Alike, entries: Pair) -> list[Both]:
        """Return the answers of both policies for requests with these entries, one for each pair of answers."""
        places = tuple(self.place(index, roles, phase, entry) for index, entry in enumerate(entries))
        key = tuple(place.node for place in places)
        if key not in self._known:
            given: dict[tuple[Answer, Answer], Given] = {}
            for (old, new), extra in self.walker.answers(*places):
                if (old, new) not in given or len(extra) < len(given[old, new]):
                    given[old, new] = extra
            self._known[key] = [(*both, extra) for both, extra in given.items()]
        return self._known[key]

    def is_same(self, names: Alike) -> bool:
        """Return whether nothing is to be compared for these names: both tables of one policy decide them alike.

        With a plain table, it is this one and the old one.
        """
        if self.names.plain is not None:
            self.budget.take(1)
            return (names.nodes[0], names.nodes[2]) == names.nodes[-2:]
        if self.names.whole is None:
            return False
        self.budget.take(1)
        tier_old, tier_new, *outcomes = names.nodes[:4]
        return tier_old == tier_new and outcomes[0] == outcomes[1]

    def tiers(self, roles: Roles, phases: Sequence[Alike], entry: str | None) -> frozenset[Pair]:
        """Return the tiers that requests in these phases get, and on which they can have failed before."""
        if self.names.whole is None:
            asked = (self.requests(roles, phase, (entry, entry)) for phase in phases)
            return frozenset((old.tier, new.tier) for results in asked for old, new, _ in results)
        places = (self.later(0, roles, phase, entry) for phase in phases)
        tiers = (answer.tier for place in places for (answer,), _ in self.walker.answers(place))
        return frozenset((tier, tier) for tier in tiers)

    def later(self, index: int, roles: Roles, phase: Alike, entry: str | None) -> Place:
        """Return the node of one policy for later requests of these roles, with whatever facts."""
        whole = self.names.whole
        if whole is None:
            return self.place(index, roles, phase, entry)
        return _below(Place(whole.tier, phase.nodes[-1]), index, roles, phase, entry)

    def place(self, index: int, roles: Roles, phase: Alike, entry: str | None) -> Place:
        """Return the node of one policy (0: old, 1: new) for requests with an entry, in the diagram of `tier`."""
        return _below(Place(self.tables[index].tier, phase.nodes[index]), index, roles, phase, entry)


def _below(place: Place, index: int, roles: Roles, phase: Alike, entry: str | None) -> Place:
    question, node = place
    rows = {"role_default": roles.defaults, "phase_override": phase.overrides}
    for fact, pair in rows.items():
        node = question.below(node, fact, pair[index])
    return Place(question, question.below(node, "escalated_tier", entry))
