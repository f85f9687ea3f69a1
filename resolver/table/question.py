"""One question of a policy, judged by the rules engine: truth tables, decision diagram, confirmation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from resolver.compiler import TooLargeError, Universe, batches, engine_rules, universe_of
from resolver.diagnostics import Diagnostic, InternalError, PolicyError
from resolver.domain import Facts, Policy, Rule, RulesetName
from resolver.engine import Judge
from resolver.table.diagram import Diagram, Winners, winner_of
from resolver.table.truth import Part, part_of, truth_table

MOST_ASKED = 200_000
"""Events that are asked about one rule, and about all rules together: some seconds."""
MOST_BUILT = 50_000
"""Steps in which the diagram of a ruleset is built."""
MOST_FACTS = 150
"""Facts that the rules of one ruleset read."""


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

    def level(self, fact: str) -> int:
        """Return the level of the variable that holds `fact`, which this question must have."""
        return next(at for at, variable in enumerate(self.universe.variables) if fact in variable.facts)

    def named(self, fact: str) -> list[str]:
        """Return the values of an open text that rules name."""
        variable = self.universe.variables[self.level(fact)]
        return [str(values[fact]) for at, values in enumerate(variable.classes) if values and at != variable.other]

    def signature(self, fact: str, chosen: int) -> tuple[int, ...]:
        """Return what the diagram makes of a class of a variable: classes with equal signatures decide alike."""
        level, diagram = self.level(fact), self.diagram
        nodes = [node for node in range(len(diagram.level)) if diagram.level[node] == level]
        return tuple(diagram.below(node, level, chosen) for node in nodes)

    def paths(self, node: int | None = None) -> Iterator[tuple[dict[int, tuple[int, ...]], int]]:
        """Yield every path from `node` (the root): by level the classes that lead along it, and the answer."""
        yield from _paths(self, self.root if node is None else node, {}, frozenset(), 0)


def judge(policy: Policy, ruleset: RulesetName) -> Question:
    """Ask durable-rules about every class of facts.

    Raises PolicyError if there are too many, and InternalError if the engine contradicts itself.
    """
    rules = policy.rules[ruleset]
    universe = universe_of(policy, ruleset)
    parts = _parts(rules, universe)
    asked = sum(part.events for part in parts)
    if asked > MOST_ASKED or len(universe.variables) > MOST_FACTS:
        raise _too_many(rules)
    diagram = Diagram()
    tables = [(part.index, truth_table(part, universe, diagram)) for part in parts]
    by_rule: list[list[tuple[int, int]]] = [[] for _ in rules]
    for index, table in tables:
        by_rule[index].append((index, table))
    builder = Winners(diagram, universe, most=MOST_BUILT)
    try:
        root = builder.build(tables)
        truth = tuple(map(builder.build_alone, by_rule))
    except TooLargeError:
        raise _too_many(rules) from None
    question = Question(rules, universe, diagram, truth, root, asked)
    return replace(question, asked=asked + _confirm(question, parts))


def _parts(rules: Sequence[Rule], universe: Universe) -> list[Part]:
    """Return the parts of all rules; PolicyError for rules about which there is too much to ask."""
    parts: list[Part] = []
    problems: list[Diagnostic] = []
    for index, rule in enumerate(rules):
        try:
            cut = [part_of(index, part, universe) for part in engine_rules(rule.condition)]
            if sum(part.events for part in cut) > MOST_ASKED:
                raise TooLargeError
            parts += cut
        except TooLargeError:
            help = "write several rules, each about fewer facts or values"
            problems.append(
                Diagnostic(
                    "too-complex",
                    f"`{rule.name}` has more conditions or alternatives than the rules engine can hold",
                    rule.place,
                    help,
                )
            )
    if problems:
        raise PolicyError(problems)
    return parts


def _too_many(rules: Sequence[Rule]) -> PolicyError:
    message = f"the rules of `{rules[0].ruleset}` divide the facts into too many cases"
    help = "write fewer rules, or rules about fewer facts"
    return PolicyError([Diagnostic("too-complex", message, rules[0].place, help)])


def _confirm(question: Question, parts: Sequence[Part]) -> int:
    """Ask the whole ruleset once for each path of the diagram; return how many paths there are."""
    expected: list[tuple[Facts, int | None]] = []
    for path, answer in question.paths():
        facts: dict[str, str | int] = {}
        for level, classes in path.items():
            facts.update(question.universe.variables[level].classes[classes[0]])
        expected.append((facts, winner_of(answer)))
        if len(expected) > MOST_ASKED:
            raise _too_many(question.rules)
    got: list[int | None] = [None] * len(expected)
    grouped = list(batches(part.rule for part in parts))
    starts = accumulate((len(batch) for batch in grouped), initial=0)
    for start, batch in zip(starts, grouped, strict=False):
        with Judge(batch) as engine:
            for at, (event, _) in enumerate(expected):
                if got[at] is None and (won := engine.ask(event)) is not None:
                    got[at] = parts[start + won].index
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
    branches, otherwise = (diagram.branches[node], diagram.otherwise[node]) if tests else ({}, node)
    allowed = universe.allowed(level, active)
    apart = {*branches, *universe.deciding(level, allowed[-1])}
    alike = [at for at in allowed if at not in apart] if apart else allowed
    groups: dict[tuple[int, frozenset[int]], list[int]] = {}
    if alike:
        groups[otherwise, universe.activated(level, alike[0], active)] = [*alike]
    for chosen in sorted(at for at in apart if at in allowed):
        below = universe.activated(level, chosen, active)
        groups.setdefault((branches.get(chosen, otherwise), below), []).append(chosen)
    for (child, below), classes in groups.items():
        path[level] = tuple(classes)
        yield from _paths(question, child, path, below, level + 1)
    path.pop(level, None)
