"""Words for a row that changes no decision: the rules that decide instead, and the rule that should read the row."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.domain import Rule
from resolver.prover.finding import place_of
from resolver.table import Answer, Question

_SHOWN = 3
"""The largest number of tiers in force that a message names."""


def readers_of(fact: str, question: Question) -> list[Rule]:
    """Return the rules that read a fact in their condition or effect, lowest `pri` first.

    Args:
        fact: The name of the fact.
        question: The ruleset `tier` or `outcome` of the policy.

    """
    return [rule for rule in question.rules if fact in rule.facts]


def let_it_decide(fact: str, winner: Rule, question: Question) -> str:
    """Return the help for a row without effect: how the rules must change so that `fact` decides instead of `winner`.

    Args:
        fact: A fact that comes from a row, such as `escalated_tier`.
        winner: The rule of `tier` that wins, whatever the fact is.
        question: The question `tier`.

    """
    readers = readers_of(fact, question)
    if winner in readers:
        return f"let `{winner.name}` ({place_of(winner)}) give the tier of the row: `run: {{tier: {{$m: {fact}}}}}`"
    if not readers:
        return f"add a rule of `tier` for `{{$ex: {{{fact}: 1}}}}` with `run: {{tier: {{$m: {fact}}}}}`"
    later = next((rule for rule in readers if rule.pri > winner.pri), None)
    if later is not None:
        return f"give `{later.name}` ({place_of(later)}) a lower `pri` than `{winner.name}` has"
    return f"widen the condition of `{readers[-1].name}` ({place_of(readers[-1])}) so that it matches these requests"


def tiers_in_force(answers: Iterable[Answer]) -> str:
    """Return the tiers on which requests run, and the rules that decide them.

    >>> from resolver.loader import load_policy, shipped_policy
    >>> from resolver.table import compile_table
    >>> tier = compile_table(load_policy(shipped_policy())).tier
    >>> tiers_in_force([tier.answer(tier.after({"role": "code_execution"}))])
    'on `fast` by `code_execution` (code_execution.yaml:10)'
    """
    phrases = [
        f"on `{answer.tier}` by `{answer.rule.name}` ({place_of(answer.rule)})"
        for answer in dict.fromkeys(answers)
        if answer.rule is not None
    ]
    more = [f"{len(phrases) - _SHOWN} more"] if len(phrases) > _SHOWN else []
    return " and ".join((*phrases[:_SHOWN], *more))
