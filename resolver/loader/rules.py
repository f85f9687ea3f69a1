"""Reads the section `rulesets`: rules with their conditions and effects."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from resolver.domain import Fact, Ladder, Rule, RulesetName, vocabulary
from resolver.loader.conditions import ConditionReader
from resolver.loader.effects import EffectReader, owner_of
from resolver.loader.patterns import PatternReader
from resolver.loader.problems import Problems, where_is
from resolver.loader.tree import child, entries, entry, text
from resolver.yaml_text.nodes import Mapping, Node, Scalar, is_null


def read_rules(
    root: Node, ladder: Ladder, extra: MappingType[str, Fact], problems: Problems
) -> dict[RulesetName, tuple[Rule, ...]]:
    """Return the valid rules of both rulesets by ascending `pri`."""
    rulesets = {}
    misplaced: set[RulesetName] = set()
    for name in RulesetName:
        reader = _RuleReader(name, ladder, extra, problems)
        rules = [rule for key, node in entries(child(root, "rulesets", name)) if (rule := reader.rule(key, node))]
        rulesets[name] = tuple(sorted(rules, key=lambda rule: rule.pri))
        misplaced |= reader.misplaced
    for name in RulesetName:
        if name not in misplaced and not list(entries(child(root, "rulesets", name))):
            _no_rules(name, root, problems)
    return rulesets


def _no_rules(name: RulesetName, root: Node, problems: Problems) -> None:
    section = entry(root, "rulesets")
    if entry(root, name) is not None:
        return  # the shape check reported the unknown section, which is this ruleset
    if any(key.text not in tuple(RulesetName) for key, _ in entries(section[1] if section else None)):
        return  # the shape check reported the unknown key, which may be this ruleset
    ruleset = entry(section[1], name) if section else None
    for found in (ruleset, section):
        if found and not is_null(found[1]):
            if isinstance(found[1], Mapping):  # otherwise the shape check reported it, as it does a missing section
                key = ruleset[0] if ruleset else found[0]
                help = f"add `{name}:` with a rule to `rulesets`"
                problems.add("missing-key", f"the ruleset `{name}` has no rules", key, help)
            return


class _RuleReader:
    """Reads the rules of one ruleset; `misplaced` has the rulesets that some of the rules belong to instead."""

    def __init__(self, ruleset: RulesetName, ladder: Ladder, extra: MappingType[str, Fact], problems: Problems) -> None:
        facts = vocabulary(ruleset, ladder, extra)
        self.ruleset = ruleset
        self.ladder = ladder
        self.extra = extra
        self.problems = problems
        self.conditions = ConditionReader(facts, ruleset, ladder, problems)
        self.patterns = PatternReader(self.conditions, problems)
        self.effects = EffectReader(ruleset, ladder, facts, problems)
        self.priorities: dict[int, Scalar] = {}
        self.misplaced: set[RulesetName] = set()

    def rule(self, key: Scalar, node: Node) -> Rule | None:
        owner = owner_of(child(node, "run"))
        if owner is not None and owner is not self.ruleset:
            self.of_other_ruleset(key, node, owner)
            return None
        pri = self.priority(key, child(node, "pri"))
        condition = self.patterns.read(node)
        effect = self.effects.read(node)
        if pri is None or condition is None or effect is None:
            return None
        because = " ".join((text(child(node, "because")) or "").split())
        run = next(written.place for written, _ in entries(node) if written.value == "run")
        return Rule(key.text, self.ruleset, pri, condition, effect, because, key.place, run)

    def of_other_ruleset(self, key: Scalar, node: Node, owner: RulesetName) -> None:
        """Report a rule with an effect of another ruleset, once: its facts may be those of that ruleset, too."""
        run = entry(node, "run")
        assert run is not None
        name = next((name for name, _ in entries(run[1])), run[1])
        assert isinstance(name, Scalar)
        scratch = Problems()
        facts = vocabulary(owner, self.ladder, self.extra)
        PatternReader(ConditionReader(facts, owner, self.ladder, scratch), scratch).read(node)
        fits_owner = all(problem.code != "unknown-fact" for problem in scratch.found)
        before = len(self.problems.found)
        self.patterns.read(node)
        if fits_owner:
            of_condition = self.problems.found[before:]
            fits_here = not of_condition
            elsewhere = {(problem.code, problem.place.sort_key) for problem in scratch.found}
            self.problems.found[before:] = [
                problem for problem in of_condition if (problem.code, problem.place.sort_key) in elsewhere
            ]
            self.misplaced.add(owner)
            help = f"move `{key.text}` to `{owner}`" + (f"; {self.effects.usage}" if fits_here else "")
        else:
            help = self.effects.usage
        message = f"`{name.text}` is an effect of the ruleset `{owner}`, not of `{self.ruleset}`"
        self.problems.add("wrong-effect", message, name, help)

    def priority(self, key: Scalar, node: Node | None) -> int | None:
        if not isinstance(node, Scalar) or type(node.value) is not int:
            return None
        if (first := self.priorities.setdefault(node.value, key)) is not key:
            message = f"`{key.text}` has the same `pri` as `{first.text}` in {where_is(first.place, node.place)}"
            help = "give each rule of a ruleset its own: the lowest that matches wins"
            self.problems.add("same-pri", message, node, help)
        return node.value
