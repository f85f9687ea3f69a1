"""Reads the section `model_tiers`: the ladder, its tiers, and the rows that rules see as facts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from resolver.diagnostics import Place, Source, listed
from resolver.domain import (
    DEFAULT_COOL_DOWN,
    DEFAULT_LADDER,
    DEFAULT_PROVIDERS,
    DEFAULT_TIMEOUT,
    Ladder,
    ModelTiers,
    Subject,
)
from resolver.loader.misplaced_values import words_of
from resolver.loader.models import read_tier
from resolver.loader.problems import Problems
from resolver.loader.providers import read_providers
from resolver.loader.tree import child, entries, entry, items, number, text
from resolver.schema.shapes import allowed_keys
from resolver.yaml_text.ambiguous import MAY_BE_AMBIGUOUS, ambiguous
from resolver.yaml_text.nodes import Node, Scalar, Sequence, is_merge, is_null

_SECTIONS = ("tiers", "role_defaults", "phase_overrides", "escalation_state")
"""Entries whose own entries have places, which begin with the name of the section."""


def read_model_tiers(root: Node, problems: Problems) -> ModelTiers:
    """Return the section of the policy `root`, without its wrong parts."""
    section = child(root, "model_tiers")
    tiers = {key.text: (key, value) for key, value in entries(child(section, "tiers"))}
    ladder = _read_ladder(section, {name: key for name, (key, _) in tiers.items()}, problems)
    order = _read_names(child(section, "provider_order"), problems)
    reader = _Rows(ladder, problems)
    defaults = reader.rows(child(section, "role_defaults"), "role_defaults")
    for phase, rows in entries(child(section, "phase_overrides")):
        reader.warn_if_ambiguous(phase, rows)
    overrides = {
        phase.text: MappingProxyType(reader.rows(rows, "phase_overrides", phase.text))
        for phase, rows in entries(child(section, "phase_overrides"))
    }
    read = {name: read_tier(name, node, order or DEFAULT_PROVIDERS, problems) for name, (_, node) in tiers.items()}
    for name, (tier_key, node) in tiers.items():
        reader.places.add(("tiers", name), tier_key)
        for key, _ in entries(child(node, "providers")):
            reader.places.add(("tiers", name, key.text), key)
    for key, value in entries(section):
        reader.places.add(("sections", key.text) if key.text in _SECTIONS else (key.text,), key)
        if key.text == "providers":
            for provider, _ in entries(value):
                reader.places.add((key.text, provider.text), provider)
    used = dict.fromkeys(provider for tier in read.values() for provider in tier.providers)
    cool_down, timeout = number(child(section, "cool_down")), number(child(section, "timeout"))
    return ModelTiers(
        ladder,
        MappingProxyType({name: read[name] for name in ladder.tiers if name in read}),
        order,
        MappingProxyType(defaults),
        MappingProxyType(overrides),
        MappingProxyType(reader.escalations(child(section, "escalation_state"))),
        MappingProxyType(reader.places),
        cool_down if isinstance(cool_down, int) else DEFAULT_COOL_DOWN,
        DEFAULT_TIMEOUT if timeout is None else timeout,
        read_providers(child(section, "providers"), used, problems),
        **{name: _read_names(child(section, name), problems) for name in ("phases", "triads", "kinds")},
    )


def _read_names(node: Node | None, problems: Problems) -> tuple[str, ...]:
    """Return the names in a list, each once."""
    names: dict[str, None] = {}
    for item in items(node):
        if not (name := text(item)):
            continue
        if name in names:
            problems.add("duplicate-value", f"`{name}` is listed twice", item, "remove one of the two")
        names[name] = None
    return tuple(names)


def _steps(written: Node | None, tiers: Collection[str], problems: Problems) -> Iterator[tuple[str, Node]]:
    """Yield the names on a ladder; text that names several tiers is reported, and read as these tiers."""
    for item in items(written):
        name = text(item)
        if not name:
            continue
        words = words_of(name)
        if name not in tiers and len(words) > 1 and set(words) <= set(tiers):
            message = f"the ladder names `{name}`, which is several tiers"
            problems.add("unknown-tier", message, item, f"put a comma between two tiers: `[{', '.join(words)}]`")
            yield from ((word, item) for word in words)
        else:
            yield name, item


def _read_ladder(section: Node | None, tiers: dict[str, Scalar], problems: Problems) -> Ladder:
    """Return the ladder; an empty ladder if neither it nor the tiers can be read.

    After a problem it also has the tiers that are not on it, so that their rows and rules are not reported as well.
    """
    written = child(section, "ladder")
    steps: dict[str, Node] = {}
    misspelt: set[str] = set()
    corrected: dict[str, str] = {}
    for name, item in _steps(written, tiers, problems):
        if name in steps:
            problems.add("duplicate-tier", f"`{name}` is on the ladder twice", item, "remove one of the two")
        elif tiers and name not in tiers:
            unused = [tier for tier in tiers if not any(text(other) == tier for other in items(written))]
            help = f"define it in `tiers`, or use one of {listed(tiers)}"
            corrected[name] = _undefined(name, item, help, unused, problems)
            misspelt.add(corrected[name])
        steps.setdefault(name, item)
    if not steps and written is not None and not (isinstance(written, Sequence) and not written.items):
        return Ladder(tuple(tiers))
    if not tiers:
        return Ladder(tuple(steps))
    # Either name may be the misspelled one, and rows may have both.
    names = tuple(dict.fromkeys(one for name in steps for one in (name, corrected.get(name, name)))) or DEFAULT_LADDER
    if not steps and (tiers_entry := entry(section, "tiers")):
        for name in (name for name in names if name not in tiers):
            unused = [tier for tier in tiers if tier not in names]
            misspelt.add(
                _undefined(name, tiers_entry[0], "define it, or write a `ladder` of your own", unused, problems)
            )
    on_ladder = misspelt.union(names)
    has_empty = any(is_null(tier) for _, tier in entries(child(section, "tiers")))
    keys = (
        allowed_keys(("model_tiers", "tiers", "*")) if has_empty else ()
    )  # the shape check reports that they are keys
    beside = [name for name in tiers if name not in on_ladder and name not in keys]
    for name in beside:
        help = "give it a step in `ladder`, or remove it"
        problems.add("off-ladder", f"the tier `{name}` is not on the ladder", tiers[name], help)
    return Ladder((*names, *beside))


def _undefined(name: str, where: Node, help: str, tiers: Collection[str], problems: Problems) -> str:
    """Report that the ladder names an undefined tier; return the tier that was meant, or `name`."""
    meant = problems.closest(name, tiers)
    help = f"did you mean `{meant}`?" if meant else help
    problems.add("unknown-tier", f"the ladder names `{name}`, which `tiers` does not define", where, help)
    return meant or name


class _Places(Mapping[tuple[str, ...], Place]):
    """The places of rows. Each is computed when it is read, since there may be very many rows and few are read."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, ...], tuple[Source, int, int]] = {}

    def add(self, path: tuple[str, ...], key: Node) -> None:
        self._keys[path] = (key.source, key.start, key.end)

    def __getitem__(self, path: tuple[str, ...]) -> Place:
        source, start, end = self._keys[path]
        return source.place(start, end)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class _Rows:
    def __init__(self, ladder: Ladder, problems: Problems) -> None:
        self.tiers = dict.fromkeys(ladder.tiers)
        self.problems = problems
        self.places = _Places()

    def rows(self, node: Node | None, *path: str) -> dict[str, str]:
        return {key.text: tier for key, tier in self.known(node, *path)}

    def escalations(self, node: Node | None) -> dict[Subject, str]:
        escalations = {}
        for key, tier in self.known(node, "escalation_state"):
            subject = Subject.parse(key.text)
            if subject is None:
                help = "write `triad:role`: the last colon ends the triad"
                self.problems.add("subject", f"`{key.text}` has no colon between triad and role", key, help)
            else:
                escalations[subject] = tier
        return escalations

    def warn_if_ambiguous(self, key: Scalar, value: Node) -> None:
        if (warning := ambiguous(key)) is not None and not is_merge(key, value):
            self.problems.found.append(warning)

    def known(self, node: Node | None, *path: str) -> Iterator[tuple[Scalar, str]]:
        for key, value in entries(node):
            if MAY_BE_AMBIGUOUS.match(key.text):  # few keys, and there may be very many
                self.warn_if_ambiguous(key, value)
            tier = text(value)
            if tier is None:
                continue
            self.places.add((*path, key.text), key)
            if tier in self.tiers:
                yield key, tier
            elif tier and self.tiers:
                word = re.split(r"[\s#;]", tier, maxsplit=1)[0]
                is_commented = word in self.tiers and re.search("#|//", tier)
                help = (
                    "a comment starts with a blank and `#`" if is_commented else self.problems.choice(tier, self.tiers)
                )
                self.problems.add("unknown-tier", f"unknown tier `{tier}`", value, help)
                yield key, tier  # finds further problems; the policy does not load
