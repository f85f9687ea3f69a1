"""Essential rules: in some event where the rule wins, the next rule that matches has another effect."""

from __future__ import annotations

from resolver.compiler import TooLargeError
from resolver.domain import EffectKind
from resolver.prover.behaviour import Effects
from resolver.table import Question
from resolver.table.budget import Budget
from resolver.table.diagram import YES
from resolver.table.winners import Live, Winners

MOST_WORK = 1_500_000
"""Units of work for leaving out the rules one by one. They take some seconds."""
_WORK_FOR_A_NODE = 100
"""Units of work, for each rule and each node of the diagram, for looking at all rules together."""

_Effect = tuple[EffectKind, str | None]


def essential_rules(question: Question) -> set[int]:
    """Return the indices of the essential rules.

    Without an essential rule, some decision has another tier or another effect, or there is no decision.

    Args:
        question: The rules with their truth tables and their diagram.

    Raises:
        TooLargeError: The check takes too long.

    >>> from resolver.domain import RulesetName
    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table.judging import judge
    >>> question = judge(load_policy(shipped_policy()), RulesetName.TIER)
    >>> len(essential_rules(question)) == len(question.rules)
    True
    """
    size = len(question.rules) + sum(1 for _ in question.diagram.nodes(question.root))
    essential: set[int] = set()
    try:
        _look_at_runners_up(question, essential, Budget(_WORK_FOR_A_NODE * size))
    except TooLargeError:
        # The runner-up takes much more work to find than the winner. So build the diagram without each remaining rule.
        winners = Winners(question.diagram, question.universe, Budget(MOST_WORK))
        effects = Effects(question)
        for left_out in {rule for rule, _ in question.answers} - essential:
            rest = [
                (index, table) for index, table in enumerate(question.where) if question.answers[index][0] != left_out
            ]
            if effects.of(winners.build(rest)) != effects.of(question.root):
                essential.add(left_out)
    return essential


def _look_at_runners_up(question: Question, essential: set[int], budget: Budget) -> None:
    """Add the rules that some class of facts shows to be essential. TooLargeError if the budget runs out."""
    winners = Winners(question.diagram, question.universe, budget, certain=2)
    todo: list[tuple[int, frozenset[int], Live]] = [(0, frozenset(), winners.cut([*enumerate(question.where)]))]
    visited = {*todo}
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
            if step not in visited:
                visited.add(step)
                todo.append(step)


def _may_win(live: Live) -> list[int]:
    """Return the indices of the answers up to and including the first answer that matches for certain."""
    certain = next((position for position, (_, table) in enumerate(live) if table == YES), len(live))
    return [index for index, _ in live[: certain + 1]]


def _effect(question: Question, index: int) -> tuple[EffectKind, str | None]:
    rule, tier = question.answers[index]
    return question.rules[rule].effect.kind, tier
