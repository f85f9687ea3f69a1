"""Reads the effects of rules: `run`."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from resolver.diagnostics import listed
from resolver.domain import Effect, EffectKind, Fact, Ladder, Reference, RulesetName, Text
from resolver.loader.names import fact_in, read_reference, unknown_value
from resolver.loader.problems import Problems, named_kind
from resolver.loader.tree import entries, entry, items, text
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null, kind_of
from resolver.yaml_text.quoting import scalar

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
_SYNONYMS = {
    "ignore": "skip none nothing noop no_op pass drop nop",
    "count": "increment inc strike fail failure add record",
    "hold": "stop wait halt alert warn keep block pause abort freeze stay error",
    "reset": "clear zero success succeed forgive restart",
}
"""Names that authors give to effects without a tier."""
_RAISES = (
    "escalate", "escalation", "raise", "promote", "upgrade", "up", "bump", "increase", "next", "higher", "next_tier",
    "raised_tier",
)  # fmt: skip
_LOWERS = ("lower", "deescalate", "de_escalate", "demote", "downgrade", "down", "decrease", "reduce")
_NO_EFFECTS = ("retry", "retries", "fallback")
"""Words for what the caller does after a failure; a rule does not."""
_TOP = ("highest", "top", "max", "maximum", "best", "strongest")
_BOTTOM = ("lowest", "bottom", "min", "minimum", "cheapest")


def owner_of(run: Node | None) -> RulesetName | None:
    """Return the ruleset that has the effect in `run`, None if no ruleset has it."""
    names = [key.text for key, _ in entries(run)] or [text(run) or ""]
    return next((ruleset for ruleset, effects in _EFFECTS.items() if len(names) == 1 and names[0] in effects), None)


class EffectReader:
    """Reads the effects of one ruleset; `facts` has the facts that its rules can refer to."""

    def __init__(self, ruleset: RulesetName, ladder: Ladder, facts: MappingType[str, Fact], problems: Problems) -> None:
        self.ruleset = ruleset
        self.ladder = ladder
        self.facts = facts
        self.problems = problems
        self.effects = _EFFECTS[ruleset]
        self.targeted = _TARGETED[ruleset]
        usage = (
            f"a tier, such as `{{tier: {scalar(ladder.tiers[0]) if ladder.tiers else '…'}}}`"
            if ruleset is RulesetName.TIER
            else "`count`, `reset`, `ignore`, `hold` or `{escalate_to: …}`"
        )
        self.usage = f"in `{ruleset}`, `run` is {usage}"

    def read(self, rule: Node) -> Effect | None:
        """Return the effect of `rule`, or None after reporting what is wrong with it."""
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
            self.problems.add("effect", f"`run` is an effect, not {kind_of(run)}", run, self.listed_help(run))
            return None
        return self.named(name, target) if self.is_own(name, target) else None

    def listed_help(self, run: Node) -> str:
        names = [name for item in items(run) if (name := text(item))]
        if isinstance(run, Sequence) and len(names) == 1 and self.meant(names[0]):
            return f"write `run: {self.meant(names[0])}`"
        return self.usage

    def meant(self, name: str) -> str | None:
        """Return the effect that a name means: an effect, or a tier."""
        if name in self.effects and name != self.targeted:
            return name
        return f"{{{self.targeted}: {scalar(name)}}}" if name in self.ladder.tiers else None

    def is_own(self, name: Scalar, target: Node | None) -> bool:
        if name.text in self.effects:
            return True
        if name.text in self.ladder.tiers:
            help = f"write `{{{self.targeted}: {scalar(name.text)}}}`"
            self.problems.add("effect", f"`{name.text}` is a tier, not an effect", name, help)
        else:
            help = self.unknown_help(name.text, target)
            self.problems.add("effect", f"unknown effect `{name.text}`", name, help)
        return False

    def unknown_help(self, name: str, target: Node | None) -> str:
        """Return the help for an effect that no ruleset has."""
        folded, raised = name.lower().strip("() ").replace("-", "_"), f"{{{self.targeted}: {{$m: raised_tier}}}}"
        plain, colon, rest = name.partition(":")
        if colon and plain in self.effects:
            return f"a colon needs a space after it: `{{{plain}: {rest}}}`"
        if name == "$m" and text(target) in self.facts:
            return f"write `{{{self.targeted}: {{$m: {text(target)}}}}}`"
        if (inner := self.meant(text(target) or "")) is not None:
            return f"write `run: {inner}`"
        if (fact := fact_in(name, self.facts)) is not None:
            return f"write `{{{self.targeted}: {{$m: {fact}}}}}`"
        if folded in _LOWERS:
            return "rules never lower a tier; a person does, with `resolver state lower`"
        if self.ruleset is RulesetName.OUTCOME and (folded in _RAISES or folded == "escalate_to"):
            return f"write `{raised}`"
        meant = next((own for own, names in _SYNONYMS.items() if folded in names.split() and own in self.effects), None)
        if meant:
            return f"did you mean `{meant}`?"
        if (step := self.step(folded)) is not None:
            return f"write `{{{self.targeted}: {scalar(step)}}}`"
        return ("" if folded in _NO_EFFECTS else self.problems.guess(name, self.effects)) or self.usage

    def step(self, word: str) -> str | None:
        """Return the tier that a word such as `highest` means."""
        if not self.ladder.tiers:
            return None
        return self.ladder.tiers[-1] if word in _TOP else self.ladder.tiers[0] if word in _BOTTOM else None

    def named(self, name: Scalar, target: Node | None) -> Effect | None:
        kind = self.effects[name.text]
        if name.text != self.targeted:
            if target is not None:
                self.problems.add("effect", f"`{name.text}` has no argument", target, f"write `run: {name.text}`")
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
                self.unknown_target(node, node.value)
                return None
            return node.value
        if not isinstance(node, Mapping):
            help = self.target_help(node) or "write the tier's name, or `{$m: fact}` for the tier that a fact has"
            self.problems.add("type", f"a tier's name is text, and {named_kind(node)}", node, help)
            return None
        own = [name for name, fact in self.facts.items() if fact.domain == Text(self.ladder.tiers)]
        reference = read_reference(node, self.facts, self.ruleset, self.problems, own)
        if reference is None:
            return None
        domain = self.facts[reference.fact].domain
        is_known = not isinstance(domain, Text) or domain.values
        if is_known and (not isinstance(domain, Text) or not set(domain.values) <= set(self.ladder.tiers)):
            message = f"`{reference.fact}` does not hold a tier"
            self.problems.add("reference", message, node, f"these facts do: {listed(own)}")
            return None
        return reference

    def unknown_target(self, node: Scalar, name: str) -> None:
        help = self.target_help(node)
        if help is None:
            unknown_value(Fact("run", Text(self.ladder.tiers)), name, node, self.facts, self.ladder, self.problems)
        else:
            self.problems.add("unknown-tier", f"unknown tier `{name}`", node, help)

    def target_help(self, node: Node) -> str | None:
        """Return the help for a target that is not a tier, such as `next`, `+1` or `highest`; None for any other."""
        word = node.text.lower() if isinstance(node, Scalar) else text(items(node)[0]) if len(items(node)) == 1 else ""
        if self.ruleset is RulesetName.OUTCOME and word not in self.facts and (word in _RAISES or word in ("1", "+1")):
            return "write `{$m: raised_tier}`"
        if isinstance(node, Sequence) and word in self.ladder.tiers:
            return f"write `{scalar(str(word))}`, without brackets"
        if (step := self.step(word or "")) is not None:
            return f"write `{scalar(step)}`"
        return "write `{$m: role_default}`" if word == "default" and "role_default" in self.facts else None
