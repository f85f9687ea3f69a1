"""Classes of subjects grouped by the tiers and effects that they get, whichever rules decide them."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.prover.subjects import SubjectClass
from resolver.table import DecisionTable, Question
from resolver.table.diagram import index_of, leaf


class Effects:
    """The diagram of a question with answers reduced to effects, so that nodes with equal effects are one node."""

    def __init__(self, question: Question) -> None:
        self._diagram = question.diagram
        first: dict[object, int] = {}
        self._reduced: dict[int, int] = {}
        for index, (rule, tier) in enumerate(question.answers):
            self._reduced[leaf(index)] = leaf(first.setdefault((question.rules[rule].effect.kind, tier), index))

    def of(self, node: int) -> int:
        """Return the reduced node. Two nodes share it if every event has the same effect below both."""
        if index_of(node) is None:
            return node
        if node not in self._reduced:
            diagram = self._diagram
            branches = {chosen: self.of(child) for chosen, child in diagram.branches[node].items()}
            self._reduced[node] = diagram.node(diagram.level[node], branches, self.of(diagram.otherwise[node]))
        return self._reduced[node]


def grouped(table: DecisionTable, subjects: Iterable[SubjectClass]) -> list[list[SubjectClass]]:
    """Return `subjects` in groups. Within a group, no sequence of requests and outcomes shows other tiers or effects.

    Args:
        table: The decision table of the policy.
        subjects: The classes of subjects to group.

    """
    tier, outcome = Effects(table.tier), Effects(table.outcome)
    groups: dict[object, list[SubjectClass]] = {}
    for subject in subjects:
        key = frozenset((tier.of(phase.tier), outcome.of(phase.outcome)) for phase in subject.phases)
        groups.setdefault(key, []).append(subject)
    return [*groups.values()]
