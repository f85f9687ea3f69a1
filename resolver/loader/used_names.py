"""Names of roles, phases, triads, kinds and providers in the files of a policy, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resolver.diagnostics import Place
from resolver.domain import Subject
from resolver.loader.tree import child, entries, items, text
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved

_FACTS = ("role", "phase", "triad", "kind")


@dataclass(frozen=True, slots=True)
class UsedName:
    """A name in a file.

    Args:
        what: The vocabulary that the name belongs to: `role`, `phase`, `triad`, `kind` or `provider`.
        name: The name.
        place: The place of the name.
        where: The section of `model_tiers` that has the name, or the rule.
        in_rule: Whether a condition of a rule has the name.

    """

    what: str
    name: str
    place: Place
    where: str
    in_rule: bool = False


def used_names(root: Node) -> Iterator[UsedName]:
    """Yield the names that the sections of a policy use, in the order of the sections."""
    section = child(root, "model_tiers")
    for role, _ in entries(child(section, "role_defaults")):
        yield UsedName("role", role.text, role.place, "role_defaults")
    for phase, rows in entries(child(section, "phase_overrides")):
        yield UsedName("phase", phase.text, phase.place, "phase_overrides")
        for role, _ in entries(rows):
            yield UsedName("role", role.text, role.place, "phase_overrides")
    for key, _ in entries(child(section, "escalation_state")):
        if (subject := Subject.parse(key.text)) is not None:
            yield UsedName("triad", subject.triad, key.place, "escalation_state")
            yield UsedName("role", subject.role, key.place, "escalation_state")
    for item in items(child(section, "provider_order")):
        if (name := text(item)) is not None:
            yield UsedName("provider", name, item.place, "provider_order")
    for tier, node in entries(child(section, "tiers")):
        for provider, _ in entries(child(node, "providers")):
            yield UsedName("provider", provider.text, provider.place, tier.text)
    for ruleset in ("tier", "outcome"):
        for rule, node in entries(child(root, "rulesets", ruleset)):
            for pattern in items(child(node, "all")):
                yield from _in_condition(child(pattern, "m"), rule.text)


def _in_condition(node: Node | None, rule: str) -> Iterator[UsedName]:
    """Yield the names in a condition; an alias is visited as often as it is written."""
    node = resolved(node) if node is not None else None
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _in_condition(item, rule)
    if not isinstance(node, Mapping):
        return
    for key, value in entries(node):
        if key.text not in _FACTS:
            yield from _in_condition(value, rule)
            continue
        for item in [value] if isinstance(value, Scalar) else items(value):
            if (name := text(item)) is not None:
                yield UsedName(key.text, name, item.place, rule, in_rule=True)
