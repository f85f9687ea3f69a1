"""Rules that some decision needs: where they win, the next rule that matches would decide otherwise."""

from __future__ import annotations

from resolver.compiler import TooLargeError
from resolver.domain import EffectKind
from resolver.prover.behaviour import Effects
from resolver.table import Question
from resolver.table.budget import Budget
from resolver.table.diagram import YES
from resolver.table.winners import Live, Winners

MOST_WORK = 1_500_000
"""Units of work in which rules are left out one by one: some seconds."""
_WORK_FOR_A_NODE = 100
"""Units of work for each node of the diagram in which all rules are looked at together."""

_Effect = tuple[EffectKind, str | None]


def essential_rules(question: Question) -> set[int]:
    """Return the indices of the rules without which some decision would be another tier, another effect, or none.

    Raises TooLargeError where finding out takes too long.
    """
    size = len(question.rules) + sum(1 for _ in question.diagram.nodes(question.root))
    essential: set[int] = set()
    try:
        _look_at_runners_up(question, essential, Budget(_WORK_FOR_A_NODE * size))
    except TooLargeError:
        # Who comes second is much harder to say than who wins: so each rule that is left is left out once.
        winners = Winners(question.diagram, question.universe, Budget(MOST_WORK))
        effects = Effects(question)
        for left_out in {rule for rule, _ in question.answers} - essential:
            rest = [(at, table) for at, table in enumerate(question.where) if question.answers[at][0] != left_out]
            if effects.of(winners.build(rest)) != effects.of(question.root):
                essential.add(left_out)
    return essential


def _look_at_runners_up(question: Question, essential: set[int], budget: Budget) -> None:
    """Add the rules that some class of facts shows to be essential, until `budget` is used up."""
    winners = Winners(question.diagram, question.universe, budget, certain=2)
    todo: list[tuple[int, frozenset[int], Live]] = [(0, frozenset(), winners.cut([*enumerate(question.where)]))]
    met = {*todo}
    while todo:
        level, active, live = todo.pop()
        if all(question.answers[index][0] in essential for index in _may_win(live)):
            continue
        if all(table == YES for _, table in live[:2]):
            effects = [_effect(question, index) for index, _ in live[:2]]
            if len(effects) < 2 or effects[0] != effects[1]:
                essential.add(question.answers[live[0][0]][0])
            continue
        level = winners.level_of(level, live)
        for _, under, below in winners.children(level, active, live):
            step = (level + 1, under, below)
            if step not in met:
                met.add(step)
                todo.append(step)


def _may_win(live: Live) -> list[int]:
    """Return the answers before the first that is certain to win, and that one."""
    certain = next((at for at, (_, table) in enumerate(live) if table == YES), len(live))
    return [index for index, _ in live[: certain + 1]]


def _effect(question: Question, index: int) -> tuple[EffectKind, str | None]:
    rule, tier = question.answers[index]
    return question.rules[rule].effect.kind, tier
