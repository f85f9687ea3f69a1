"""All facts of a question, in the order in which its decision diagram asks for them, and what cannot be together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resolver.compiler.variables import Variable, composite, variable
from resolver.domain import Facts, Ladder, Policy, Reference, Rule, RulesetName, facts_of, vocabulary

_OUTCOME = ("result", "failed_tier", "next_tier", "raised_tier")
"""These hang together: a success has no tiers, and the tier above another follows from it."""


@dataclass(frozen=True, slots=True)
class Implication:
    """If variable `of` is in one of `classes`, then the later variable `on` is in one of `leaves`."""

    of: int
    classes: frozenset[int]
    on: int
    leaves: frozenset[int]


@dataclass(frozen=True, slots=True)
class Universe:
    """The variables of a question by level, and the implications between them."""

    variables: tuple[Variable, ...]
    implications: tuple[Implication, ...]

    def allowed(self, level: int, active: frozenset[int]) -> Sequence[int]:
        """Return the classes that the variable at `level` can have while the implications in `active` hold."""
        classes = range(len(self.variables[level].classes))
        limits = [self.implications[at].leaves for at in active if self.implications[at].on == level]
        return [at for at in classes if all(at in leaves for leaves in limits)] if limits else classes

    def activated(self, level: int, chosen: int, active: frozenset[int]) -> frozenset[int]:
        """Return the implications that matter below `level` once its variable is in class `chosen`."""
        if not active and not self.decides(level):
            return active
        new = [at for at, rule in enumerate(self.implications) if rule.of == level and chosen in rule.classes]
        kept = [at for at in active if self.implications[at].on > level]
        return frozenset([*kept, *new])

    def decides(self, level: int) -> bool:
        """Tell whether the class of the variable at `level` limits that of a later one."""
        return any(rule.of == level for rule in self.implications)

    def deciding(self, level: int, usual: int) -> set[int]:
        """Return the classes of the variable at `level` that limit later ones otherwise than its class `usual` does."""
        apart: set[int] = set()
        for rule in self.implications:
            if rule.of == level:
                everything = range(len(self.variables[level].classes))
                apart |= {*everything} - rule.classes if usual in rule.classes else rule.classes
        return apart

    def classes_of(self, facts: Facts) -> tuple[int, ...]:
        """Return the class of each variable in an event."""
        return tuple(variable.class_of(facts) for variable in self.variables)


def universe_of(policy: Policy, ruleset: RulesetName) -> Universe:
    """Return the universe of one of the policy's rulesets; extra facts that none of its rules reads are not in it."""
    facts = vocabulary(ruleset, policy.model_tiers.ladder, policy.facts)
    # Both rulesets divide a fact alike, so that their diagrams can be walked together.
    conditions = [rule.condition for rules in policy.rules.values() for rule in rules]
    read = {name for rule in policy.rules[ruleset] for name in _read(rule)}
    own = [name for name in policy.facts if name in read]
    single = {name: variable(fact, conditions) for name, fact in facts.items()}
    if ruleset is RulesetName.TIER:
        order = ["role", "triad", "phase", "role_default", "phase_override", "escalated_tier", *own]
        variables = tuple(single[name] for name in order)
        no_override = Implication(order.index("phase"), frozenset([0]), order.index("phase_override"), frozenset([0]))
        return Universe(variables, (no_override,))
    outcomes = composite(_OUTCOME, _outcomes(policy.model_tiers.ladder))
    rest = ["kind", "strikes", "role", "triad", "phase", *own]
    variables = (outcomes, *(single[name] for name in rest))
    failures = frozenset(range(1, len(outcomes.classes)))
    counted = frozenset(range(1, len(single["strikes"].classes)))
    success, absent = frozenset([0]), frozenset([0])
    kind, strikes = rest.index("kind") + 1, rest.index("strikes") + 1
    return Universe(
        variables,
        (
            Implication(0, success, kind, absent),
            Implication(0, success, strikes, absent),
            Implication(0, failures, strikes, counted),
        ),
    )


def _read(rule: Rule) -> list[str]:
    """Return the facts that the condition of a rule reads, or its effect."""
    target = rule.effect.target
    return [*facts_of(rule.condition), *([target.fact] if isinstance(target, Reference) else [])]


def _outcomes(ladder: Ladder) -> tuple[Facts, ...]:
    """Return the possible combinations: a success, then failures by the highest tier that failed in the streak."""
    found: list[Facts] = [{"result": "success"}]
    for failed in ladder.tiers:
        failure = {"result": "failure", "failed_tier": failed}
        above = ladder.above(failed)
        if above is not None:
            failure["next_tier"] = above
        found.append(failure)
        found += [{**failure, "raised_tier": raised} for raised in ladder.tiers[ladder.rank(above or ladder.top) :]]
    return tuple(found)
