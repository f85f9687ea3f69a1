"""The section `model_tiers`: the ladder, its tiers, and the rows that rules see as facts."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from resolver.diagnostics import Place, did_you_mean
from resolver.domain import Ladder, ModelTiers, Subject, Tier
from resolver.loader.nodes import Node, Scalar
from resolver.loader.tree import Problems, child, entries, items, text

DEFAULT_LADDER = ("fast", "general", "reasoning")
"""The ladder of a policy that does not say otherwise."""
DEFAULT_PROVIDERS = ("cerebras", "groq", "gemini", "openrouter")
"""The providers that are tried first, in this order, where a policy does not say otherwise."""


def read_model_tiers(root: Node, problems: Problems) -> ModelTiers:
    """Return the section of the policy `root`, as far as it is sound."""
    section = child(root, "model_tiers")
    tiers = {key.text: value for key, value in entries(child(section, "tiers"))}
    ladder = _read_ladder(section, dict(entries(child(section, "tiers"))), problems)
    order = tuple(name for item in items(child(section, "provider_order")) if (name := text(item)))
    reader = _Rows(ladder, problems)
    defaults = reader.rows(child(section, "role_defaults"), "role_defaults")
    overrides = {
        phase.text: MappingProxyType(reader.rows(rows, "phase_overrides", phase.text))
        for phase, rows in entries(child(section, "phase_overrides"))
    }
    return ModelTiers(
        ladder,
        MappingProxyType(
            {name: _read_tier(name, tiers[name], order or DEFAULT_PROVIDERS) for name in ladder.tiers if name in tiers}
        ),
        order,
        MappingProxyType(defaults),
        MappingProxyType(overrides),
        MappingProxyType(reader.escalations(child(section, "escalation_state"))),
        MappingProxyType(reader.places),
    )


def _read_ladder(section: Node | None, tiers: dict[Scalar, Node], problems: Problems) -> Ladder:
    written = child(section, "ladder")
    names = [name.text for name in tiers]
    seen: dict[str, Node] = {}
    for item in items(written):
        name = text(item)
        if not name:
            continue
        if name in seen:
            problems.add("duplicate-tier", f"`{name}` is on the ladder twice", item, "remove one of the two")
        elif names and name not in names:
            help = (
                did_you_mean(name, names) or f"define it in `tiers`, or use one of {', '.join(f'`{n}`' for n in names)}"
            )
            problems.add("unknown-tier", f"the ladder names `{name}`, which `tiers` does not define", item, help)
        seen.setdefault(name, item)
    if not tiers:
        return Ladder(tuple(seen))
    steps = tuple(seen) or DEFAULT_LADDER
    if not seen:
        where = next(key for key, _ in entries(section) if key.value == "tiers")
        for name in (name for name in DEFAULT_LADDER if name not in names):
            help = (
                did_you_mean(name, [n for n in names if n not in steps]) or "define it, or write a `ladder` of your own"
            )
            problems.add("unknown-tier", f"the ladder names `{name}`, which `tiers` does not define", where, help)
    for key in tiers:
        if key.text not in steps:
            problems.add(
                "off-ladder",
                f"the tier `{key.text}` is not on the ladder",
                key,
                "give it a step in `ladder`, or remove it",
            )
    return Ladder(steps)


def _read_tier(name: str, node: Node, order: tuple[str, ...]) -> Tier:
    written = {key.text: model for key, value in entries(child(node, "providers")) if (model := text(value))}
    ordered = {p: written[p] for p in (*(p for p in order if p in written), *(p for p in written if p not in order))}
    return Tier(name, text(child(node, "description")) or "", MappingProxyType(ordered))


class _Rows:
    def __init__(self, ladder: Ladder, problems: Problems) -> None:
        self.ladder = ladder
        self.problems = problems
        self.places: dict[tuple[str, ...], Place] = {}

    def rows(self, node: Node | None, *path: str) -> dict[str, str]:
        return {key.text: tier for key, tier in self.known(node, *path)}

    def escalations(self, node: Node | None) -> dict[Subject, str]:
        found = {}
        for key, tier in self.known(node, "escalation_state"):
            subject = Subject.parse(key.text)
            if subject is None:
                help = 'write "triad:role": the last colon ends the triad'
                self.problems.add("subject", f"`{key.text}` has no colon between triad and role", key, help)
            else:
                found[subject] = tier
        return found

    def known(self, node: Node | None, *path: str) -> Iterator[tuple[Scalar, str]]:
        for key, value in entries(node):
            tier = text(value)
            if tier is None:
                continue
            self.places[*path, key.text] = key.place
            if tier in self.ladder.tiers:
                yield key, tier
            elif tier and self.ladder.tiers:
                help = (
                    did_you_mean(tier, self.ladder.tiers) or f"one of {', '.join(f'`{t}`' for t in self.ladder.tiers)}"
                )
                self.problems.add("unknown-tier", f"unknown tier `{tier}`", value, help)
                yield key, self.ladder.tiers[0]  # goes on to find what else is wrong; the policy does not load
