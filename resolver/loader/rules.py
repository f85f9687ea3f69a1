"""Reads the section `rulesets`: rules with their conditions and effects."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from resolver.diagnostics import listed
from resolver.domain import Condition, Effect, EffectKind, Fact, Ladder, Reference, Rule, RulesetName, Text, vocabulary
from resolver.loader.conditions import ConditionReader
from resolver.loader.names import read_reference, unknown_value
from resolver.loader.problems import Problems, named_kind, where_is
from resolver.loader.tree import child, entries, entry, items, text
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null, kind_of

_EFFECTS = {
    RulesetName.TIER: {"tier": EffectKind.TIER},
    RulesetName.OUTCOME: {
        "count": EffectKind.COUNT,
        "reset": EffectKind.RESET,
        "ignore": EffectKind.IGNORE,
        "hold": EffectKind.HOLD,
        "escalate_to": EffectKind.ESCALATE,
    },
}
_TARGETED = {RulesetName.TIER: "tier", RulesetName.OUTCOME: "escalate_to"}
"""The effect of each ruleset that takes a tier."""


def read_rules(
    root: Node, ladder: Ladder, extra: MappingType[str, Fact], problems: Problems
) -> dict[RulesetName, tuple[Rule, ...]]:
    """Return the valid rules of both rulesets by ascending `pri`."""
    rulesets = {}
    for name in RulesetName:
        written = list(entries(child(root, "rulesets", name)))
        if not written:
            _no_rules(name, root, problems)
        reader = _RuleReader(name, ladder, vocabulary(name, ladder, extra), problems)
        rules = [rule for key, node in written if (rule := reader.rule(key, node))]
        rulesets[name] = tuple(sorted(rules, key=lambda rule: rule.pri))
    return rulesets


def _no_rules(name: RulesetName, root: Node, problems: Problems) -> None:
    section = entry(root, "rulesets")
    ruleset = entry(section[1], name) if section else None
    for found in (ruleset, section):
        if found and not is_null(found[1]):
            if isinstance(found[1], Mapping):  # otherwise the shape check reported it, as it does a missing section
                key = ruleset[0] if ruleset else found[0]
                help = f"add `{name}:` with a rule to `rulesets`"
                problems.add("missing-key", f"the ruleset `{name}` has no rules", key, help)
            return


class _RuleReader:
    """Reads the rules of one ruleset; `facts` has the facts that its rules can read."""

    def __init__(self, ruleset: RulesetName, ladder: Ladder, facts: MappingType[str, Fact], problems: Problems) -> None:
        self.ruleset = ruleset
        self.ladder = ladder
        self.facts = facts
        self.problems = problems
        self.conditions = ConditionReader(facts, ruleset, ladder, problems)
        self.priorities: dict[int, Scalar] = {}
        self.effects = _EFFECTS[ruleset]
        usage = (
            "`{tier: …}`" if ruleset is RulesetName.TIER else "`count`, `reset`, `ignore`, `hold` or `{escalate_to: …}`"
        )
        self.usage = f"in `{ruleset}`, `run` is {usage}"

    def rule(self, key: Scalar, node: Node) -> Rule | None:
        pri = self.priority(key, child(node, "pri"))
        condition = self.pattern(node)
        effect = self.effect(node)
        if pri is None or condition is None or effect is None:
            return None
        because = " ".join((text(child(node, "because")) or "").split())
        run = next(written.place for written, _ in entries(node) if written.value == "run")
        return Rule(key.text, self.ruleset, pri, condition, effect, because, key.place, run)

    def priority(self, key: Scalar, node: Node | None) -> int | None:
        if not isinstance(node, Scalar) or type(node.value) is not int:
            return None
        if (first := self.priorities.setdefault(node.value, key)) is not key:
            message = f"`{key.text}` has the same `pri` as `{first.text}` in {where_is(first.place, node.place)}"
            help = "give each rule of a ruleset its own: the lowest that matches wins"
            self.problems.add("same-pri", message, node, help)
        return node.value

    def pattern(self, rule: Node) -> Condition | None:
        written = entry(rule, "all")
        if written is None:
            return None  # reported by the shape check
        key, node = written
        requirement = "a rule has exactly one pattern: `all: [{m: condition}]`"
        patterns = items(node)
        if len(patterns) != 1:
            got = len(patterns) if isinstance(node, Sequence) else kind_of(node)
            many = len(patterns) > 1
            help = (
                "join the conditions inside it: `{m: {$and: [{…}, {…}]}}`" if many else "the event is always named `m`"
            )
            self.problems.add("pattern", f"{requirement}, not {got}", key if is_null(node) else node, help)
            return None
        aliases = list(entries(patterns[0]))
        if not isinstance(patterns[0], Mapping) or len(aliases) != 1 or len(patterns[0].entries) != 1:
            self.problems.add("pattern", requirement, patterns[0], "the event is always named `m`")
            return None
        alias, condition = aliases[0]
        if alias.text != "m":
            help = "write `m`" if not alias.text.startswith("$") else f"write `- m: {{{alias.text}: …}}`"
            self.problems.add("pattern", f"the event is named `m`, not `{alias.text}`", alias, help)
            return None
        return self.conditions.read(condition)

    def effect(self, rule: Node) -> Effect | None:
        found = entry(rule, "run")
        if found is None:
            return None  # reported by the shape check
        key, run = found
        if is_null(run):
            self.problems.add("effect", "`run` is empty", key, self.usage)
            return None
        if run.tag is not None:
            return None  # the shape check reported the tag
        if isinstance(run, Mapping):
            written = list(entries(run))
            if len(written) != 1 or len(run.entries) != 1:
                self.problems.add("effect", "`run` has exactly one effect", run, self.usage)
                return None
            name, target = written[0]
        elif isinstance(run, Scalar) and isinstance(run.value, str):
            name, target = run, None
        else:
            self.problems.add("effect", f"`run` is an effect, not {kind_of(run)}", run, self.usage)
            return None
        return self.named_effect(name, target) if self.is_own(name) else None

    def is_own(self, name: Scalar) -> bool:
        if name.text in self.effects:
            return True
        owner = next((ruleset for ruleset, effects in _EFFECTS.items() if name.text in effects), None)
        if owner:
            message = f"`{name.text}` is an effect of the ruleset `{owner}`, not of `{self.ruleset}`"
            self.problems.add("wrong-effect", message, name, self.usage)
        elif name.text in self.ladder.tiers:
            help = f"write `{{{_TARGETED[self.ruleset]}: {name.text}}}`"
            self.problems.add("effect", f"`{name.text}` is a tier, not an effect", name, help)
        else:
            help = self.problems.guess(name.text, self.effects) or self.usage
            self.problems.add("effect", f"unknown effect `{name.text}`", name, help)
        return False

    def named_effect(self, name: Scalar, target: Node | None) -> Effect | None:
        kind = self.effects[name.text]
        if name.text != _TARGETED[self.ruleset]:
            if target is not None:
                self.problems.add("effect", f"`{name.text}` takes nothing", target, f"write `run: {name.text}`")
                return None
            return Effect(kind)
        if target is None or is_null(target):
            help = f"write `{{{name.text}: …}}`: a tier, or a fact that has one"
            self.problems.add("effect", f"`{name.text}` needs a tier", name, help)
            return None
        tier = self.target(target)
        return Effect(kind, tier) if tier is not None else None

    def target(self, node: Node) -> str | Reference | None:
        if node.tag is not None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if self.ladder.tiers and node.value not in self.ladder.tiers:
                unknown_value(node.value, Fact("run", Text(self.ladder.tiers)), node, self.ladder, self.problems)
                return None
            return node.value
        if not isinstance(node, Mapping):
            help = "write the tier's name, or `{$m: fact}` for the tier that a fact has"
            self.problems.add("type", f"a tier's name is text, and {named_kind(node)}", node, help)
            return None
        reference = read_reference(node, self.facts, self.ruleset, self.problems)
        if reference is None:
            return None
        domain = self.facts[reference.fact].domain
        if not isinstance(domain, Text) or not set(domain.values) <= set(self.ladder.tiers):
            own = [name for name, fact in self.facts.items() if fact.domain == Text(self.ladder.tiers)]
            message = f"`{reference.fact}` does not hold a tier"
            self.problems.add("reference", message, node, f"these facts do: {listed(own)}")
            return None
        return reference
