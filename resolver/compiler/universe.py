"""The universe of a question: all its facts in the order of its decision diagram, and their dependencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field

from resolver.compiler.variables import Variable, composite, variable
from resolver.domain import Facts, Ladder, Policy, Rule, RulesetName, facts_of, vocabulary
from resolver.frozen import frozen

_OUTCOME = ("result", "failed_tier", "next_tier", "raised_tier")
"""These facts depend on each other: a success has no tiers, and the tier above another follows from it."""


@frozen
class Implication:
    """If variable `of` is in one of `classes`, then the later variable `on` is in one of `leaves`."""

    of: int
    classes: frozenset[int]
    on: int
    leaves: frozenset[int]


@frozen
class Universe:
    """The variables of a ruleset's question by level, and the implications between them."""

    variables: tuple[Variable, ...]
    implications: tuple[Implication, ...]
    levels: Mapping[str, int] = field(init=False, repr=False)
    """The level of the variable that holds each fact."""
    deciding_levels: tuple[int, ...] = field(init=False, repr=False)
    """The levels at which the class of a variable limits the classes of a later variable."""

    def __post_init__(self) -> None:
        levels = {name: level for level, variable in enumerate(self.variables) for name in variable.facts}
        object.__setattr__(self, "levels", levels)
        object.__setattr__(self, "deciding_levels", tuple(sorted({rule.of for rule in self.implications})))

    def limited_to(self, facts: AbstractSet[str]) -> Universe:
        """Return the universe with only the implications that limit one of `facts`."""
        kept = (rule for rule in self.implications if not facts.isdisjoint(self.variables[rule.on].facts))
        return Universe(self.variables, tuple(kept))

    def allowed(self, level: int, active: frozenset[int]) -> Sequence[int]:
        """Return the classes that the variable at `level` can have under the implications in `active`."""
        classes = range(len(self.variables[level].classes))
        limits = [self.implications[index].leaves for index in active if self.implications[index].on == level]
        return [index for index in classes if all(index in leaves for leaves in limits)] if limits else classes

    def activated(self, level: int, chosen: int, active: frozenset[int]) -> frozenset[int]:
        """Return the implications that matter below `level` when its variable is in class `chosen`."""
        if not active and level not in self.deciding_levels:
            return active
        new = [index for index, rule in enumerate(self.implications) if rule.of == level and chosen in rule.classes]
        kept = [index for index in active if self.implications[index].on > level]
        return frozenset([*kept, *new])

    def deciding(self, level: int, usual: int) -> set[int]:
        """Return the classes of the variable at `level` that limit later ones differently from its class `usual`."""
        apart: set[int] = set()
        for rule in self.implications:
            if rule.of == level:
                everything = range(len(self.variables[level].classes))
                apart |= {*everything} - rule.classes if usual in rule.classes else rule.classes
        return apart

    def classes_of(self, facts: Facts) -> tuple[int, ...]:
        """Return the class of each variable in an event; KeyError if a value is impossible."""
        return tuple(variable.class_of(facts) for variable in self.variables)


def universe_of(policy: Policy, ruleset: RulesetName) -> Universe:
    """Return the universe of one of the policy's rulesets, without the policy's own facts that no rule of it reads."""
    facts = vocabulary(ruleset, policy.model_tiers.ladder, policy.facts)
    # Both rulesets divide a fact into the same classes, so that one walk can follow both diagrams.
    conditions = [rule.condition for rules in policy.rules.values() for rule in rules]
    read = {name for rule in policy.rules[ruleset] for name in _read(rule)}
    own = _together([name for name in policy.facts if name in read], policy.rules[ruleset])
    single = {
        name: variable(fact, conditions) for name, fact in facts.items() if name in own or name not in policy.facts
    }
    if ruleset is RulesetName.TIER:
        order = ["role", "triad", "phase", "role_default", "phase_override", "escalated_tier", *own]
        variables = tuple(single[name] for name in order)
        no_override = Implication(order.index("phase"), frozenset([0]), order.index("phase_override"), frozenset([0]))
        return Universe(variables, (no_override,))
    outcomes = composite(_OUTCOME, _outcomes(policy.model_tiers.ladder))
    # Names come first in both, so that one node represents the rest of a diagram for a subject in a phase.
    order = ["role", "triad", "phase", "result", "kind", "strikes", *own]
    variables = tuple(outcomes if name == "result" else single[name] for name in order)
    result, kind, strikes = map(order.index, ("result", "kind", "strikes"))
    failures = frozenset(range(1, len(outcomes.classes)))
    counted = frozenset(range(1, len(single["strikes"].classes)))
    success, absent = frozenset([0]), frozenset([0])
    return Universe(
        variables,
        (
            Implication(result, success, kind, absent),
            Implication(result, success, strikes, absent),
            Implication(result, failures, strikes, counted),
        ),
    )


def _together(facts: list[str], rules: Sequence[Rule]) -> list[str]:
    """Return `facts` so that facts which one rule reads together are neighbours, which keeps diagrams small."""
    group = {name: name for name in facts}
    for rule in rules:
        read = [name for name in facts if name in _read(rule)]
        joined = {group[name] for name in read}
        group.update({name: group[read[0]] for name in facts if group[name] in joined} if len(joined) > 1 else {})
    first: dict[str, int] = {}
    for index, name in enumerate(facts):
        first.setdefault(group[name], index)
    return sorted(facts, key=lambda name: first[group[name]])


def _read(rule: Rule) -> list[str]:
    """Return the facts that the condition or the effect of a rule reads."""
    fact = rule.effect.referred_fact
    return [*facts_of(rule.condition), *([] if fact is None else [fact])]


def _outcomes(ladder: Ladder) -> tuple[Facts, ...]:
    """Return the possible combinations of `_OUTCOME`: a success, then failures by the highest failed tier."""
    combinations: list[Facts] = [{"result": "success"}]
    for failed in ladder.tiers:
        failure = {"result": "failure", "failed_tier": failed}
        above = ladder.above(failed)
        if above is not None:
            failure["next_tier"] = above
        combinations.append(failure)
        raised_tiers = ladder.tiers[ladder.rank(above or ladder.top) :]
        combinations += [{**failure, "raised_tier": raised} for raised in raised_tiers]
    return tuple(combinations)
