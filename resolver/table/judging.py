"""Judging a ruleset with durable-rules: its truth tables, its decision diagram, and a check of that diagram.

The engine judges each rule alone. The diagram that combines the rules is then confirmed by the engine with many rules
loaded at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from resolver.compiler import TooLargeError, Universe, batches, engine_rules, universe_of
from resolver.compiler.variables import Variable
from resolver.diagnostics import Diagnostic, InternalError, PolicyError
from resolver.domain import Facts, Policy, Reference, Rule, RulesetName, facts_of
from resolver.engine import Judge
from resolver.table.budget import Budget
from resolver.table.complexity import bounded, rule_too_complex, too_complex
from resolver.table.diagram import NO, YES, Diagram, index_of
from resolver.table.question import Question, paths
from resolver.table.truth import Part, part_of, truth_table
from resolver.table.winners import Winners

MOST_ASKED = 200_000
"""The largest number of events that the engine judges for one rule, or for a ruleset: some seconds."""
MOST_BUILT = 1_500_000
"""Units of work for building the diagram of a ruleset. They take some seconds."""
MOST_FACTS = 150
"""The largest number of facts that the rules of one ruleset read."""


def judge(policy: Policy, ruleset: RulesetName) -> Question:
    """Judge with durable-rules every class of facts that the rules of `ruleset` tell apart.

    Args:
        policy: The policy with the rules and the facts.
        ruleset: The ruleset to judge.

    Raises:
        PolicyError: The rules are too complex, because they divide the facts into too many classes.
        InternalError: The engine contradicts itself: it answers about rules together in another way than about each
            rule alone.

    """
    rules = policy.rules[ruleset]
    universe = universe_of(policy, ruleset)
    parts = _parts(rules, universe)
    events = sum(part.events for part in parts)
    if events > MOST_ASKED or len(universe.variables) > MOST_FACTS:
        raise too_complex(rules, universe)
    diagram = Diagram()
    pieces: list[list[int]] = [[] for _ in rules]
    tables = [truth_table(part, universe, diagram) for part in parts]
    for part, table in zip(parts, tables, strict=True):
        pieces[part.index].append(table)
    budget = Budget(MOST_BUILT)
    with bounded(rules, universe):
        builders = (Winners(diagram, universe.limited_to({*facts_of(rule.condition)}), budget) for rule in rules)
        truth = tuple(builder.build_alone(of_rule) for builder, of_rule in zip(builders, pieces, strict=True))
        answers, where = _answers(rules, truth, universe, diagram)
        root = Winners(diagram, universe, budget).build([*enumerate(where)])
        question = Question(rules, universe, diagram, truth, answers, where, root, events)
        return replace(question, asked=events + _confirm(question, parts, tables))


def _parts(rules: Sequence[Rule], universe: Universe) -> list[Part]:
    """Return the parts of all rules. Raise PolicyError for the rules that take too many events to judge."""
    parts: list[Part] = []
    problems: list[Diagnostic] = []
    for index, rule in enumerate(rules):
        try:
            cut = [part_of(index, part, universe) for part in engine_rules(rule.condition)]
            if sum(part.events for part in cut) > MOST_ASKED:
                raise TooLargeError
            parts += cut
        except TooLargeError:
            problems.append(rule_too_complex(rule, universe))
    if problems:
        raise PolicyError(problems)
    return parts


def _answers(
    rules: Sequence[Rule], truth: Sequence[int], universe: Universe, diagram: Diagram
) -> tuple[tuple[tuple[int, str | None], ...], tuple[int, ...]]:
    """Return every answer that the rules can give, and for each answer the truth table of the events that get it.

    A rule whose effect refers to a fact gives one answer for each value of that fact, and one for its absence.
    """
    answers: list[tuple[int, str | None]] = []
    tables: list[int] = []
    memo: dict[tuple[int, int], int] = {}
    for index, (rule, table) in enumerate(zip(rules, truth, strict=True)):
        target = rule.effect.target
        by_tier = _by_tier(target, universe, diagram) if isinstance(target, Reference) else {target: YES}
        for tier, named in by_tier.items():
            answers.append((index, tier))
            tables.append(diagram.both(table, named, memo))
    return tuple(answers), tuple(tables)


def _by_tier(target: Reference, universe: Universe, diagram: Diagram) -> dict[str | None, int]:
    """Return a truth table for each value of the fact that `target` names, and for its absence (None)."""
    level = universe.levels[target.fact]
    variable = universe.variables[level]
    tables: dict[str | None, int] = {}
    for tier in dict.fromkeys(values.get(target.fact) for values in variable.classes):
        assert tier is None or isinstance(tier, str)
        tables[tier] = _where(level, variable, target.fact, tier, diagram)
    return tables


def _where(level: int, variable: Variable, fact: str, tier: str | None, diagram: Diagram) -> int:
    """Return the truth table of the events in which `fact` has the value `tier` (None: it is absent)."""
    matches = [values.get(fact) == tier for values in variable.classes]
    branches = {chosen: YES if match else NO for chosen, match in enumerate(matches)}
    return diagram.node(level, branches, branches[len(matches) - 1])


def _confirm(question: Question, parts: Sequence[Part], tables: Sequence[int]) -> int:
    """Judge the rules together, as many as the engine holds at once, on each path of their common diagram.

    Rules that do not fit into the engine together are judged in batches. The first batch that matches then decides, as
    the whole diagram assumes. Return how many events the engine judged.

    Raises:
        TooLargeError: There are too many paths.
        InternalError: The engine and the diagram disagree.

    """
    diagram, rules = question.diagram, question.rules
    start = judged = 0
    limit = MOST_ASKED - question.asked
    budget = Budget(MOST_BUILT)
    for batch in batches(part.rule for part in parts):
        indices = range(start, start + len(batch))
        start += len(batch)
        universe = question.universe.limited_to(frozenset[str]().union(*(rule.facts for rule in batch)))
        root = Winners(diagram, universe, budget).build([(index, tables[index]) for index in indices])
        expected = list(islice(paths(diagram, universe, root), limit - judged + 1))
        judged += len(expected)
        if judged > limit:
            raise TooLargeError
        with Judge(batch) as engine:
            for path, leaf in expected:
                event = _event(path, universe)
                part, matched = index_of(leaf), engine.ask(event)
                # Several parts of one rule may match together. It does not matter which of them wins.
                expected_rule = None if part is None else parts[part].index
                answered_rule = None if matched is None else parts[indices[matched]].index
                if expected_rule != answered_rule:
                    names = [None if index is None else rules[index].name for index in (expected_rule, answered_rule)]
                    raise InternalError(f"the table says {names[0]}, durable-rules {names[1]}, of the facts {event}")
    return judged


def _event(path: Sequence[int], universe: Universe) -> Facts:
    """Return the facts of an event with these classes."""
    facts: dict[str, str | int] = {}
    for variable, chosen in zip(universe.variables, path, strict=True):
        facts.update(variable.classes[chosen])
    return facts
