"""Decisions without one of the rules, from the truth tables that durable-rules gave: nothing is judged again."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from resolver.domain import Rule, RulesetName
from resolver.table.budget import Budget
from resolver.table.complexity import bounded
from resolver.table.diagram import NO, NONE
from resolver.table.question import Question
from resolver.table.rows import Rows
from resolver.table.table import DecisionTable
from resolver.table.winners import Winners

_MOST_BUILT = 300_000
"""Units of work for one diagram: a second or so."""
_BUILDING = Lock()
"""A diagram gets new nodes while another one is built from its truth tables, so threads take turns."""


def without_rule(table: DecisionTable, rule: Rule) -> DecisionTable:
    """Return the table of the policy without a rule. Its policy still lists the rule.

    Args:
        table: The table of the policy.
        rule: A rule of the policy.

    Raises:
        PolicyError: This takes too long.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> from resolver.domain import Subject
    >>> table = compile_table(load_policy(shipped_policy()))
    >>> shorter = without_rule(table, table.tier.rules[0])
    >>> shorter.decide(shorter.facts_of(Subject("layout", "code_execution"), None)).rule
    'role_default'
    """
    if rule.ruleset is RulesetName.OUTCOME:
        return replace(table, outcome=_without(table.outcome, rule))
    tier = _without(table.tier, rule)
    index = Rows(table.policy, tier)
    return replace(table, tier=tier, rows=index.all(), others=index.row(None), index=index)


def outranking(question: Question, rule: Rule) -> list[Rule]:
    """Return the rules that win over a rule for some events that both match, the first that wins first.

    Raises:
        PolicyError: This takes too long.
    """
    index = question.rules.index(rule)
    budget = Budget(_MOST_BUILT)
    memo: dict[tuple[int, int], int] = {}
    found: list[Rule] = []
    with _BUILDING, bounded([rule], question.universe):
        for other, matches in zip(question.rules[:index], question.truth[:index], strict=True):
            budget.take(1)
            both = question.diagram.both(matches, question.truth[index], memo)
            winners = Winners(question.diagram, question.universe, budget)
            if both != NO and winners.build([(0, both)]) != NONE:  # some of these events are possible
                found.append(other)
    return found


def _without(question: Question, rule: Rule) -> Question:
    removed = question.rules.index(rule)
    tables = [
        (index, where)
        for index, (where, answer) in enumerate(zip(question.where, question.answers, strict=True))
        if answer[0] != removed
    ]
    with _BUILDING, bounded(question.rules, question.universe):
        root = Winners(question.diagram, question.universe, Budget(_MOST_BUILT)).build(tables)
    return replace(question, root=root)
