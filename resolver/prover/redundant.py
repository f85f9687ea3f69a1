"""Does a rule change any decision? Compared are tier and effect, whichever rule gives them."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.domain import Reference, Value
from resolver.table.diagram import Winners, winner_of
from resolver.table.question import MOST_ASKED, Question

Known = tuple[tuple[int, int], ...]
"""The class of variables, by level, as far as they matter for what a decision is."""


class Redundancy:
    """Compares a question's decisions with those that it would give without one of its rules."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.builder = Winners(question.diagram, question.universe, most=MOST_ASKED)
        targets = {rule.effect.target.fact for rule in question.rules if isinstance(rule.effect.target, Reference)}
        variables = question.universe.variables
        self.target_levels = {at for at, variable in enumerate(variables) if targets.intersection(variable.facts)}
        self.kept_levels = self.target_levels | {at for at in range(len(variables)) if question.universe.decides(at)}

    def changes_nothing(self, rule: int) -> bool:
        """Tell whether every decision would be the same without the rule at this index."""
        rest = [(at, table) for at, table in enumerate(self.question.truth) if at != rule]
        return self._same(self.question.root, self.builder.build(rest), (), set())

    def _same(self, one: int, other: int, known: Known, seen: set[tuple[int, int, Known]]) -> bool:
        if one == other or (one, other, known) in seen:
            return True
        seen.add((one, other, known))
        diagram = self.question.diagram
        levels = [diagram.level[node] for node in (one, other) if node >= 0]
        if not levels:
            return self._same_effect(one, other, known)
        level = min(levels)
        done: set[tuple[int, int]] = set()
        for chosen in self._classes(level, one, other, known):
            below = (diagram.below(one, level, chosen), diagram.below(other, level, chosen))
            if level in self.kept_levels:
                if not self._same(*below, (*known, (level, chosen)), seen):
                    return False
            elif below not in done:
                done.add(below)
                if not self._same(*below, known, seen):
                    return False
        return True

    def _same_effect(self, one: int, other: int, known: Known) -> bool:
        first, second = winner_of(one), winner_of(other)
        if first is None or second is None:
            return first is second
        effects = [self.question.rules[rule].effect for rule in (first, second)]
        if effects[0] == effects[1]:
            return True
        if effects[0].kind != effects[1].kind:
            return False
        for effect in effects:
            if isinstance(effect.target, Reference):
                level = self.question.level(effect.target.fact)
                if level not in dict(known):
                    classes = self._possible(level, known)
                    return all(self._same_effect(one, other, (*known, (level, at))) for at in classes)
        targets = [self._value(effect.target, known) for effect in effects]
        return targets[0] == targets[1]

    def _value(self, target: str | Reference | None, known: Known) -> Value | None:
        if not isinstance(target, Reference):
            return target
        level = self.question.level(target.fact)
        return self.question.universe.variables[level].classes[dict(known)[level]].get(target.fact)

    def _possible(self, level: int, known: Known) -> Sequence[int]:
        implied = self.question.universe.implications
        active = frozenset(at for at, rule in enumerate(implied) if dict(known).get(rule.of, -1) in rule.classes)
        return self.question.universe.allowed(level, active)

    def _classes(self, level: int, one: int, other: int, known: Known) -> Sequence[int]:
        possible = self._possible(level, known)
        if level in self.kept_levels:
            return possible
        diagram = self.question.diagram
        named = {
            at for node in (one, other) if node >= 0 and diagram.level[node] == level for at in diagram.branches[node]
        }
        unnamed = next((at for at in possible if at not in named), None)
        return [*sorted(named.intersection(possible)), *([] if unnamed is None else [unnamed])]
