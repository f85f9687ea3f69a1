"""Rules that are not needed: `vacuous`, `shadowed`, `redundant`, over all possible facts with the tables left free."""

from __future__ import annotations

from resolver.diagnostics import Diagnostic, Level
from resolver.domain import Rule
from resolver.prover.redundant import Redundancy
from resolver.table.diagram import NO, Diagram, winner_of
from resolver.table.question import Question


def unneeded_rules(question: Question) -> list[Diagnostic]:
    """Return a warning for each rule that can match nothing, never wins, or changes no decision; one for a rule."""
    found = []
    redundancy = Redundancy(question)
    winning = _leaves(question.diagram, question.root)
    for at, rule in enumerate(question.rules):
        if question.truth[at] == NO:
            message, help = f"`{rule.name}` can match nothing", "no request has such facts: mend the condition"
            found.append(_warning("vacuous", message, rule, help))
        elif at not in winning:
            by = _winners_where(question, at)
            names = " or ".join(f"`{question.rules[other].name}` ({question.rules[other].place})" for other in by)
            message = f"`{rule.name}` never wins: wherever it matches, {names} has a lower `pri`"
            found.append(_warning("shadowed", message, rule, "give it a lower `pri`, or remove it"))
        elif redundancy.changes_nothing(at):
            message = f"without `{rule.name}` every decision would be the same"
            found.append(_warning("redundant", message, rule, "remove it, or mend what it decides"))
    return found


def _warning(code: str, message: str, rule: Rule, help: str) -> Diagnostic:
    return Diagnostic(code, message, rule.place, help, Level.WARNING)


def _leaves(diagram: Diagram, root: int) -> set[int]:
    """Return the indices of the rules that win anywhere below `root`."""
    found: set[int] = set()
    todo, seen = [root], {root}
    while todo:
        node = todo.pop()
        if node < 0:
            rule = winner_of(node)
            if rule is not None:
                found.add(rule)
            continue
        for child in (diagram.otherwise[node], *diagram.branches[node].values()):
            if child not in seen:
                seen.add(child)
                todo.append(child)
    return found


def _winners_where(question: Question, at: int) -> list[int]:
    """Return the rules that win where the rule at this index matches."""
    found: set[int] = set()
    diagram = question.diagram
    seen: set[tuple[int, int]] = set()
    todo = [(question.truth[at], question.root)]
    while todo:
        truth, winner = todo.pop()
        if (truth, winner) in seen or truth == NO:
            continue
        seen.add((truth, winner))
        if truth < 0 and winner < 0:
            rule = winner_of(winner)
            if rule is not None:
                found.add(rule)
            continue
        todo += _children(diagram, truth, winner)
    return sorted(found)


def _children(diagram: Diagram, one: int, other: int) -> set[tuple[int, int]]:
    """Return the pairs of nodes below two nodes, for the classes of the variable that the upper one asks for."""
    level = min(diagram.level[node] for node in (one, other) if node >= 0)
    asking = [node for node in (one, other) if node >= 0 and diagram.level[node] == level]
    classes = {chosen for node in asking for chosen in diagram.branches[node]}
    unnamed = -1  # no class has this number
    return {(diagram.below(one, level, at), diagram.below(other, level, at)) for at in (unnamed, *classes)}
