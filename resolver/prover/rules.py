"""Rules that are not needed: `vacuous`, `shadowed`, `redundant`, over all possible facts with the tables left free."""

from __future__ import annotations

from resolver.compiler import TooLargeError
from resolver.diagnostics import Diagnostic, Level
from resolver.domain import Rule
from resolver.prover.essential import essential_rules
from resolver.table import Question
from resolver.table.diagram import NO, index_of

_UNNAMED = -1
"""No class has this number: it leads where all classes lead that have no branch of their own."""


def unneeded_rules(question: Question) -> list[Diagnostic]:
    """Return a warning for each rule that can match nothing, never wins, or changes no decision; one for a rule."""
    found = []
    winning = {answer[0] for answer in _answers(question, question.diagram.leaves(question.root))}
    try:
        essential = essential_rules(question)
    except TooLargeError:
        essential = winning
        message = f"whether each rule of `{question.rules[0].ruleset}` is needed was not checked: that takes too long"
        found.append(_warning("too-complex", message, question.rules[0], "write rules about fewer facts"))
    for at, rule in enumerate(question.rules):
        if question.truth[at] == NO:
            message, help = f"`{rule.name}` can match nothing", "no request has such facts: mend the condition"
            found.append(_warning("vacuous", message, rule, help))
        elif at not in winning:
            by = _winners_where(question, at)
            names = " or ".join(f"`{question.rules[other].name}` ({question.rules[other].place})" for other in by)
            message = f"`{rule.name}` never wins: wherever it matches, {names} has a lower `pri`"
            found.append(_warning("shadowed", message, rule, "give it a lower `pri`, or remove it"))
        elif at not in essential:
            message = f"without `{rule.name}` every decision would be the same"
            found.append(_warning("redundant", message, rule, "remove it, or mend what it decides"))
    return found


def _warning(code: str, message: str, rule: Rule, help: str) -> Diagnostic:
    return Diagnostic(code, message, rule.place, help, Level.WARNING)


def _answers(question: Question, leaves: set[int]) -> list[tuple[int, str | None]]:
    return [question.answers[index] for leaf in leaves if (index := index_of(leaf)) is not None]


def _winners_where(question: Question, at: int) -> list[int]:
    """Return the rules that win where the rule at this index matches."""
    diagram = question.diagram
    leaves: set[int] = set()
    todo = [(question.truth[at], question.root)]
    met = {*todo}
    while todo:
        truth, node = todo.pop()
        if truth < 0 and node < 0:
            leaves.add(node)
            continue
        level = min(diagram.level[here] for here in (truth, node) if here >= 0)
        asks = truth >= 0 and diagram.level[truth] == level
        branches = {*diagram.branches[truth]} if asks else set[int]()
        if not asks or diagram.otherwise[truth] != NO:
            branches |= {*diagram.branches[node]} if node >= 0 and diagram.level[node] == level else set()
            branches.add(_UNNAMED)
        for chosen in branches:
            below = (diagram.below(truth, level, chosen), diagram.below(node, level, chosen))
            if below[0] != NO and below not in met:
                met.add(below)
                todo.append(below)
    return sorted({answer[0] for answer in _answers(question, leaves)})
