"""The section `rulesets`: rules with their conditions and effects."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from resolver.diagnostics import did_you_mean
from resolver.domain import Condition, Effect, EffectKind, Fact, Ladder, Reference, Rule, RulesetName, Text, vocabulary
from resolver.loader.conditions import ConditionReader
from resolver.loader.names import read_reference, unknown_value
from resolver.loader.nodes import Mapping, Node, Scalar, Sequence
from resolver.loader.tree import Problems, child, entries, items, kind_of, text

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
_TARGETED = ("tier", "escalate_to")


def read_rules(
    root: Node, ladder: Ladder, extra: MappingType[str, Fact], problems: Problems
) -> dict[RulesetName, tuple[Rule, ...]]:
    """Return the rules of both rulesets by ascending `pri`, as far as they are sound."""
    rulesets = {}
    for name in RulesetName:
        written = list(entries(child(root, "rulesets", name)))
        if not written and child(root, "rulesets"):
            where = next(key for key, _ in entries(root) if key.value == "rulesets")
            help = f"add `{name}:` with a rule to `rulesets`"
            problems.add("missing-key", f"the ruleset `{name}` has no rules", where, help)
        reader = _RuleReader(name, ladder, vocabulary(name, ladder, extra), problems)
        rules = [rule for key, node in written if (rule := reader.rule(key, node))]
        rulesets[name] = tuple(sorted(rules, key=lambda rule: rule.pri))
    return rulesets


class _RuleReader:
    """Reads the rules of one ruleset, whose facts are `facts`."""

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
        condition = self.pattern(child(node, "all"))
        effect = self.effect(node)
        if pri is None or condition is None or effect is None:
            return None
        because = " ".join((text(child(node, "because")) or "").split())
        return Rule(key.text, self.ruleset, pri, condition, effect, because, key.place)

    def priority(self, key: Scalar, node: Node | None) -> int | None:
        if not isinstance(node, Scalar) or type(node.value) is not int:
            return None
        if (first := self.priorities.setdefault(node.value, key)) is not key:
            message = f"`{key.text}` has the same `pri` as `{first.text}` ({first.place})"
            help = "give each rule of a ruleset its own: the lowest that matches wins"
            self.problems.add("same-pri", message, node, help)
        return node.value

    def pattern(self, node: Node | None) -> Condition | None:
        if node is None:
            return None
        one = "a rule has exactly one pattern: `all: [{m: condition}]`"
        patterns = items(node)
        if not isinstance(node, Sequence) or len(patterns) != 1:
            got = len(patterns) if isinstance(node, Sequence) else kind_of(node)
            help = "join the conditions inside it: `{m: {$and: [{…}, {…}]}}`"
            self.problems.add("pattern", f"{one}, not {got}", node, help)
            return None
        aliases = list(entries(patterns[0]))
        if not isinstance(patterns[0], Mapping) or len(aliases) != 1 or len(patterns[0].entries) != 1:
            self.problems.add("pattern", one, patterns[0], "the event is always named `m`")
            return None
        alias, condition = aliases[0]
        if alias.text != "m":
            self.problems.add("pattern", f"the event is named `m`, not `{alias.text}`", alias, "write `m`")
            return None
        return self.conditions.read(condition)

    def effect(self, rule: Node) -> Effect | None:
        run = child(rule, "run")
        if run is None:
            if key := next((key for key, _ in entries(rule) if key.value == "run"), None):
                self.problems.add("effect", "`run` is empty", key, self.usage)
            return None
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
        other = next((ruleset for ruleset, effects in _EFFECTS.items() if name.text in effects), None)
        if other:
            message = f"`{name.text}` is an effect of the ruleset `{other}`, not of `{self.ruleset}`"
            self.problems.add("wrong-effect", message, name, self.usage)
        else:
            help = did_you_mean(name.text, self.effects) or self.usage
            self.problems.add("effect", f"unknown effect `{name.text}`", name, help)
        return False

    def named_effect(self, name: Scalar, target: Node | None) -> Effect | None:
        kind = self.effects[name.text]
        if name.text not in _TARGETED:
            if target is not None:
                self.problems.add("effect", f"`{name.text}` takes nothing", target, f"write `run: {name.text}`")
                return None
            return Effect(kind)
        if target is None:
            self.problems.add("effect", f"`{name.text}` needs a tier", name, f"write `{{{name.text}: …}}`")
            return None
        tier = self.target(target)
        return Effect(kind, tier) if tier is not None else None

    def target(self, node: Node) -> str | Reference | None:
        if isinstance(node, Scalar):
            if not isinstance(node.value, str):
                self.problems.add("type", f"a tier's name is text, not {kind_of(node)}", node)
                return None
            if self.ladder.tiers and node.value not in self.ladder.tiers:
                unknown_value(node.value, Fact("run", Text(self.ladder.tiers)), node, self.ladder, self.problems)
                return None
            return node.value
        reference = read_reference(node, self.facts, self.ruleset, self.problems)
        if reference is None:
            return None
        domain = self.facts[reference.fact].domain
        if not isinstance(domain, Text) or not set(domain.values) <= set(self.ladder.tiers):
            self.problems.add(
                "reference", f"`{reference.fact}` does not hold a tier", node, "refer to a fact that does"
            )
            return None
        return reference
