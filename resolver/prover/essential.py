"""Rules that some decision needs: where they win, the next rule that matches would decide otherwise."""

from __future__ import annotations

from resolver.domain import EffectKind
from resolver.table import Question
from resolver.table.budget import Budget
from resolver.table.diagram import YES
from resolver.table.winners import Live, Winners

MOST_WORK = 2_000_000
"""Units of work: some seconds."""


def essential_rules(question: Question) -> set[int]:
    """Return the indices of the rules without which some decision would be another tier, another effect, or none.

    Raises TooLargeError where finding out takes too long.
    """
    winners = Winners(question.diagram, question.universe, Budget(MOST_WORK), certain=2)
    essential: set[int] = set()
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
    return essential


def _may_win(live: Live) -> list[int]:
    """Return the answers before the first that is certain to win, and that one."""
    certain = next((at for at, (_, table) in enumerate(live) if table == YES), len(live))
    return [index for index, _ in live[: certain + 1]]


def _effect(question: Question, index: int) -> tuple[EffectKind, str | None]:
    rule, tier = question.answers[index]
    return question.rules[rule].effect.kind, tier
