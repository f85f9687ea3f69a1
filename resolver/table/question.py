"""One question of a policy as durable-rules judges it: which rule wins, for every class of facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resolver.compiler import Universe
from resolver.domain import Facts, Rule, Value
from resolver.table.any_other import AnyOther
from resolver.table.diagram import Diagram, index_of


@dataclass(frozen=True, slots=True)
class Answer:
    """The tier that the effect of the rule that wins names, and the rule.

    `rule` is None where no rule wins; `tier` then, too, and where the effect names none or refers to an absent fact.
    """

    tier: str | None
    rule: Rule | None


_UNDECIDED = Answer(None, None)


@dataclass(frozen=True, slots=True)
class Question:
    """The rules of one ruleset with their truth tables, and the diagram of what they decide together.

    `root` leads to the leaves of `answers`, pairs of a rule's index and the tier that its effect names there. `truth`
    has a truth table for each rule, `where` one for each answer: where the rule matches and names that tier. `asked` is
    how many events the engine has judged.
    """

    rules: tuple[Rule, ...]
    universe: Universe
    diagram: Diagram
    truth: tuple[int, ...]
    answers: tuple[tuple[int, str | None], ...]
    where: tuple[int, ...]
    root: int
    asked: int

    def answer(self, leaf: int) -> Answer:
        """Return the answer at a leaf."""
        index = index_of(leaf)
        if index is None:
            return _UNDECIDED
        rule, tier = self.answers[index]
        return Answer(tier, self.rules[rule])

    def decide(self, classes: Sequence[int]) -> Answer:
        """Return the answer for an event whose variables are in these classes."""
        return self.answer(self.diagram.walk(self.root, classes))

    def level(self, fact: str) -> int:
        """Return the level of the variable that holds `fact`, which this question must have."""
        return self.universe.levels[fact]

    def named(self, fact: str) -> list[str]:
        """Return the values of an open text that rules name."""
        variable = self.universe.variables[self.level(fact)]
        return [str(values[fact]) for at, values in enumerate(variable.classes) if values and at != variable.other]

    def below(self, node: int, fact: str, value: Value | AnyOther | None) -> int:
        """Return where `node` leads if `fact` has this value (None: it is absent): to itself if it asks for another."""
        level = self.level(fact)
        variable = self.universe.variables[level]
        if isinstance(value, AnyOther):
            return self.diagram.below(node, level, variable.other)
        return self.diagram.below(node, level, variable.class_of({} if value is None else {fact: value}))

    def leads(self, node: int, fact: str) -> tuple[dict[str, int], int]:
        """Return where `node` leads for each value of the open text `fact` that it tells apart, and for all others."""
        level, diagram = self.level(fact), self.diagram
        if node < 0 or diagram.level[node] != level:
            return {}, node
        classes = self.universe.variables[level].classes
        branches = diagram.branches[node]
        return {str(classes[at][fact]): branches[at] for at in sorted(branches) if classes[at]}, diagram.otherwise[node]

    def after(self, facts: Facts, until: frozenset[str] = frozenset(), node: int | None = None) -> int:
        """Return the node to which `facts` lead from `node` (the root): the first that asks for a fact in `until`."""
        node = self.root if node is None else node
        diagram = self.diagram
        while node >= 0:
            level = diagram.level[node]
            variable = self.universe.variables[level]
            if variable.facts[0] in until:
                break
            node = diagram.below(node, level, variable.class_of(facts))
        return node

    def paths(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Yield each path from the root: the class of every variable in one event that takes it, and its leaf."""
        yield from paths(self.diagram, self.universe, self.root)


def paths(
    diagram: Diagram,
    universe: Universe,
    node: int,
    path: tuple[int, ...] = (),
    active: frozenset[int] = frozenset(),
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield each path from `node`; see `Question.paths`."""
    asks = diagram.level[node] if node >= 0 else len(universe.variables)
    while len(path) < asks and len(path) not in universe.deciding_levels:
        path = (*path, universe.allowed(len(path), active)[0])
    level = len(path)
    if level == len(universe.variables):
        yield path, node
        return
    allowed = universe.allowed(level, active)
    branches = diagram.branches[node] if level == asks else {}
    apart = {*branches, *universe.deciding(level, allowed[-1])}
    alike = next((at for at in allowed if at not in apart), None)
    met: set[tuple[int, frozenset[int]]] = set()
    for chosen in ([] if alike is None else [alike]) + sorted(at for at in apart if at in allowed):
        onward = (diagram.below(node, level, chosen), universe.activated(level, chosen, active))
        if onward not in met:
            met.add(onward)
            yield from paths(diagram, universe, onward[0], (*path, chosen), onward[1])
