"""Names of roles, phases, triads, kinds and providers in the files of a policy, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.diagnostics import Place
from resolver.frozen import frozen
from resolver.loader.tree import child, entries, items, text
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved

_FACTS = ("role", "phase", "triad", "kind")


@frozen
class UsedName:
    """A name in a file.

    Args:
        what: The vocabulary that the name belongs to: `role`, `phase`, `triad`, `kind`, `provider`, `tier`, `model`
            (a model id), `fact`, or `value` (of a fact).
        name: The name.
        node: The node that has the name.
        where: The section of `model_tiers` that has the name, or the rule.
        in_rule: Whether a condition of a rule has the name.

    """

    what: str
    name: str
    node: Node
    where: str
    in_rule: bool = False

    @property
    def place(self) -> Place:
        """The place of the name."""
        return self.node.place


def used_names(root: Node, *, all_triads: bool) -> Iterator[UsedName]:
    """Yield the names that the sections of a policy use, in the order of the sections.

    Args:
        root: The sections.
        all_triads: Whether to yield plain triads of entries, too. There may be very many of them, and on its own a
            plain name is not a mistake.

    """
    section = child(root, "model_tiers")
    for role, _ in entries(child(section, "role_defaults")):
        yield UsedName("role", role.text, role, "role_defaults")
    for phase, rows in entries(child(section, "phase_overrides")):
        yield UsedName("phase", phase.text, phase, "phase_overrides")
        for role, _ in entries(rows):
            yield UsedName("role", role.text, role, "phase_overrides")
    yield from _in_entries(child(section, "escalation_state"), all_triads)
    yield from _in_tiers(section)
    yield from _in_facts(child(root, "facts"))
    for ruleset in ("tier", "outcome"):
        for rule, node in entries(child(root, "rulesets", ruleset)):
            for pattern in items(child(node, "all")):
                yield from _in_condition(child(pattern, "m"), rule.text)


def _in_tiers(section: Node | None) -> Iterator[UsedName]:
    """Yield the names of providers, tiers and models."""
    for item in items(child(section, "provider_order")):
        if (name := text(item)) is not None:
            yield UsedName("provider", name, item, "provider_order")
    for tier, node in entries(child(section, "tiers")):
        yield UsedName("tier", tier.text, tier, "tiers")
        for provider, model in entries(child(node, "providers")):
            yield UsedName("provider", provider.text, provider, tier.text)
            id = child(model, "id") if isinstance(model, Mapping) else model
            if id is not None and (name := text(id)) is not None:
                yield UsedName("model", name, id, tier.text)


def _in_facts(node: Node | None) -> Iterator[UsedName]:
    """Yield the names of facts and their values."""
    for fact, declared in entries(node):
        yield UsedName("fact", fact.text, fact, "facts")
        for item in items(child(declared, "values")):
            if (name := text(item)) is not None:
                yield UsedName("value", name, item, fact.text)


def _in_entries(node: Node | None, all_triads: bool) -> Iterator[UsedName]:
    """Yield the triads and the roles of entries, each once."""
    triads: set[str] = set()
    roles: set[str] = set()
    for key, _ in entries(node):
        triad, colon, role = key.text.rpartition(":")
        if colon and (all_triads or not (triad.isascii() and triad.isidentifier())) and triad not in triads:
            triads.add(triad)
            yield UsedName("triad", triad, key, "escalation_state")
        if colon and role not in roles:
            roles.add(role)
            yield UsedName("role", role, key, "escalation_state")


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
                yield UsedName(key.text, name, item, rule, in_rule=True)
