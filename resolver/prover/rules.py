"""Warnings about rules that are not needed: `vacuous`, `shadowed` and `redundant`.

They hold for all possible facts, whatever `role_defaults`, `phase_overrides` and `escalation_state` say.
"""

from __future__ import annotations

from resolver.compiler import TooLargeError
from resolver.diagnostics import Diagnostic, Level
from resolver.domain import Rule
from resolver.prover.essential import essential_rules
from resolver.table import Question
from resolver.table.diagram import NO, index_of

_UNNAMED = -1
"""A number that no class has. It stands for all classes without a branch of their own."""


def unneeded_rules(question: Question) -> list[Diagnostic]:
    """Return one warning for each rule that can match nothing, never wins, or changes no decision."""
    diagnostics = []
    winning = {answer[0] for answer in _answers(question, question.diagram.leaves(question.root))}
    try:
        essential = essential_rules(question)
    except TooLargeError:
        essential = winning
        message = f"not checked whether each rule of `{question.rules[0].ruleset}` is needed: that takes too long"
        diagnostics.append(_warning("too-complex", message, question.rules[0], "write rules about fewer facts"))
    for index, rule in enumerate(question.rules):
        if question.truth[index] == NO:
            message, help = f"`{rule.name}` can match nothing", "no request has such facts: fix the condition"
            diagnostics.append(_warning("vacuous", message, rule, help))
        elif index not in winning:
            winners = [question.rules[winner] for winner in _winners_where(question, index)]
            names = " or ".join(f"`{winner.name}` ({winner.place})" for winner in winners)
            message = f"`{rule.name}` never wins: wherever it matches, {names} has a lower `pri`"
            diagnostics.append(_warning("shadowed", message, rule, "give it a lower `pri`, or remove it"))
        elif index not in essential:
            message = f"without `{rule.name}` every decision would be the same"
            diagnostics.append(_warning("redundant", message, rule, "remove it, or fix what it decides"))
    return diagnostics


def _warning(code: str, message: str, rule: Rule, help: str) -> Diagnostic:
    return Diagnostic(code, message, rule.place, help, Level.WARNING)


def _answers(question: Question, leaves: set[int]) -> list[tuple[int, str | None]]:
    """Return the answers at these leaves."""
    return [question.answers[index] for leaf in leaves if (index := index_of(leaf)) is not None]


def _winners_where(question: Question, at: int) -> list[int]:
    """Return the indices of the rules that win some event that the rule at index `at` matches."""
    diagram = question.diagram
    leaves: set[int] = set()
    todo = [(question.truth[at], question.root)]
    visited = {*todo}
    while todo:
        truth, node = todo.pop()
        if truth < 0 and node < 0:
            leaves.add(node)
            continue
        level = min(diagram.level[inner] for inner in (truth, node) if inner >= 0)
        tests = truth >= 0 and diagram.level[truth] == level
        branches = {*diagram.branches[truth]} if tests else set[int]()
        if not tests or diagram.otherwise[truth] != NO:
            branches |= {*diagram.branches[node]} if node >= 0 and diagram.level[node] == level else set()
            branches.add(_UNNAMED)
        for chosen in branches:
            below = (diagram.below(truth, level, chosen), diagram.below(node, level, chosen))
            if below[0] != NO and below not in visited:
                visited.add(below)
                todo.append(below)
    return sorted({answer[0] for answer in _answers(question, leaves)})
