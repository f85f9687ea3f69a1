"""One question of a policy, judged by the rules engine: truth tables, decision diagram, confirmation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

from resolver.compiler import EngineRule, TooLargeError, Universe, batches, engine_rules, universe_of
from resolver.compiler.definitions import alternatives
from resolver.compiler.variables import view_of
from resolver.diagnostics import Diagnostic, InternalError, PolicyError
from resolver.domain import Condition, Facts, Policy, Rule, RulesetName, Value
from resolver.engine import Judge
from resolver.table.diagram import NO, YES, Diagram, Winners, winner_of

MOST_ASKED_AT_ONCE = 2_000
"""Events that are asked about a rule before its alternatives are taken apart."""
MOST_ASKED = 200_000
"""Events that are asked about one rule, and about all rules together: some seconds."""


@dataclass(frozen=True, slots=True)
class Question:
    """The rules of one ruleset as durable-rules judges them.

    `truth` has a truth table for each rule; `root` is the diagram of the winning rule over all possible classes, and
    `asked` says how many events the engine has judged for it.
    """

    rules: tuple[Rule, ...]
    universe: Universe
    diagram: Diagram
    truth: tuple[int, ...]
    root: int
    asked: int

    def winner(self, classes: Sequence[int]) -> Rule | None:
        """Return the rule that wins for an event whose variables are in these classes, or None if there is none."""
        found = winner_of(self.diagram.walk(self.root, classes))
        return None if found is None else self.rules[found]

    def paths(self, node: int | None = None) -> Iterator[tuple[dict[int, tuple[int, ...]], int]]:
        """Yield every path from `node` (the root): by level the classes that lead along it, and the answer."""
        yield from _paths(self, self.root if node is None else node, {}, frozenset(), 0)


def judge(policy: Policy, ruleset: RulesetName) -> Question:
    """Ask durable-rules about every class of facts.

    Raises PolicyError if there are too many, and InternalError if the engine contradicts itself.
    """
    rules = policy.rules[ruleset]
    universe = universe_of(policy, ruleset)
    diagram = Diagram()
    tabled: list[tuple[int, EngineRule, int]] = []
    problems: list[Diagnostic] = []
    asked = 0
    for index, rule in enumerate(rules):
        try:
            for part in _parts(rule.condition, universe):
                table, events = _truth_table(part, universe, diagram)
                tabled.append((index, part, table))
                asked += events
        except TooLargeError:
            help = "write several rules, each about fewer facts or values"
            problems.append(Diagnostic("too-complex", f"`{rule.name}` has too many alternatives", rule.place, help))
    if problems:
        raise PolicyError(problems)
    builder = Winners(diagram, universe)
    root = builder.build([(index, table) for index, _, table in tabled])
    truth = tuple(builder.build([(0, table) for index, _, table in tabled if index == at]) for at in range(len(rules)))
    question = Question(rules, universe, diagram, truth, root, asked)
    confirmed = _confirm(question, [(index, part) for index, part, _ in tabled])
    return Question(rules, universe, diagram, truth, root, asked + confirmed)


def _parts(condition: Condition, universe: Universe) -> list[EngineRule]:
    """Return the engine rules of a condition, taken apart where together they would be asked too much."""
    parts = engine_rules(condition)
    if any(_events(part, universe) > MOST_ASKED_AT_ONCE for part in parts):
        parts = [part for alternative in alternatives(condition) for part in engine_rules(alternative)]
    if sum(_events(part, universe) for part in parts) > MOST_ASKED:
        raise TooLargeError
    return parts


def _levels(part: EngineRule, universe: Universe) -> list[int]:
    return [level for level, variable in enumerate(universe.variables) if part.facts.intersection(variable.facts)]


def _events(part: EngineRule, universe: Universe) -> int:
    return prod(len(view_of(part.condition, universe.variables[level])[0]) + 1 for level in _levels(part, universe))


def _truth_table(part: EngineRule, universe: Universe, diagram: Diagram) -> tuple[int, int]:
    """Return the truth table of one engine rule, from one event for each class of the facts that it reads."""
    levels = _levels(part, universe)
    views = [view_of(part.condition, universe.variables[level]) for level in levels]

    def grow(at: int, facts: dict[str, Value]) -> int:
        if at == len(levels):
            return YES if engine.ask(facts) == 0 else NO
        level, (groups, rest) = levels[at], views[at]
        classes = universe.variables[level].classes
        branches: dict[int, int] = {}
        for group in groups:
            branches.update(dict.fromkeys(group, grow(at + 1, {**facts, **classes[group[0]]})))
        return diagram.node(level, branches, grow(at + 1, {**facts, **classes[rest]}))

    with Judge([part]) as engine:
        return grow(0, {}), prod(len(groups) + 1 for groups, _ in views)


def _confirm(question: Question, parts: list[tuple[int, EngineRule]]) -> int:
    """Ask the whole ruleset once for each path of the diagram; return how many paths there are."""
    expected: list[tuple[Facts, int | None]] = []
    for path, answer in question.paths():
        facts: dict[str, str | int] = {}
        for level, classes in path.items():
            facts.update(question.universe.variables[level].classes[classes[0]])
        expected.append((facts, winner_of(answer)))
        if len(expected) > MOST_ASKED:
            rule = question.rules[0]
            message = f"the rules of `{rule.ruleset}` divide the facts into too many cases"
            help = "write fewer rules, or rules about fewer facts"
            raise PolicyError([Diagnostic("too-complex", message, rule.place, help)])
    got: list[int | None] = [None] * len(expected)
    grouped = list(batches(part for _, part in parts))
    starts = accumulate((len(batch) for batch in grouped), initial=0)
    for start, batch in zip(starts, grouped, strict=False):
        with Judge(batch) as engine:
            for at, (event, _) in enumerate(expected):
                if got[at] is None and (won := engine.ask(event)) is not None:
                    got[at] = parts[start + won][0]
    for (event, won_by), answer_of_engine in zip(expected, got, strict=True):
        if won_by != answer_of_engine:
            names = [None if at is None else question.rules[at].name for at in (won_by, answer_of_engine)]
            raise InternalError(f"the table says {names[0]}, durable-rules {names[1]}, of the facts {event}")
    return len(expected)


def _paths(
    question: Question,
    node: int,
    path: dict[int, tuple[int, ...]],
    active: frozenset[int],
    level: int,
) -> Iterator[tuple[dict[int, tuple[int, ...]], int]]:
    diagram, universe = question.diagram, question.universe
    if level == len(universe.variables):
        yield dict(path), node
        return
    tests = node >= 0 and diagram.level[node] == level
    groups: dict[tuple[int, frozenset[int]], list[int]] = {}
    for chosen in universe.allowed(level, active):
        child = diagram.branches[node].get(chosen, diagram.otherwise[node]) if tests else node
        groups.setdefault((child, universe.activated(level, chosen, active)), []).append(chosen)
    for (child, below), classes in groups.items():
        path[level] = tuple(classes)
        yield from _paths(question, child, path, below, level + 1)
    path.pop(level, None)
