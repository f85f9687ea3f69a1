"""Asks two policies about every group of requests that neither policy can tell apart, once."""

from __future__ import annotations

from resolver.author.diff.name_groups import Alike, Names, Pair, Roles
from resolver.domain import Value
from resolver.table import Answer, DecisionTable
from resolver.table.walk import Place, Walker

Given = tuple[tuple[str, Value], ...]
"""Extra facts of a request."""
Both = tuple[Answer, Answer, Given]
"""The answers under the old and the new policy, with extra facts that lead to them."""


class Questions:
    """Asks two policies about the same requests, and keeps the answers.

    Raises TooLargeError if there are too many.
    """

    def __init__(self, old: DecisionTable, new: DecisionTable) -> None:
        self.tables = (old, new)
        self.ladders = old.policy.model_tiers.ladder, new.policy.model_tiers.ladder
        self.names = Names(old, new)
        self.walker = Walker([old.policy.facts, new.policy.facts], self.names.questions)
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

    def place(self, index: int, roles: Roles, phase: Alike, entry: str | None) -> Place:
        """Return the node of one policy (0: old, 1: new) for requests with an entry, in the diagram of `tier`."""
        question, node = self.tables[index].tier, phase.nodes[index]
        rows = {"role_default": roles.defaults, "phase_override": phase.overrides}
        for fact, pair in rows.items():
            node = question.below(node, fact, pair[index])
        return Place(question, question.below(node, "escalated_tier", entry))
