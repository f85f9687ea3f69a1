"""Facts and values by the names that rules use for them."""

from __future__ import annotations

from collections.abc import Mapping

from resolver.diagnostics import did_you_mean
from resolver.domain import Fact, Ladder, Reference, Text
from resolver.loader.nodes import Node, Scalar
from resolver.loader.tree import Problems, entries, kind_of


def unknown_value(value: str, fact: Fact, node: Node, ladder: Ladder, problems: Problems) -> None:
    """Note that `fact` never has `value`."""
    assert isinstance(fact.domain, Text)
    known = fact.domain.values
    help = did_you_mean(value, known) or f"one of {', '.join(f'`{one}`' for one in known)}"
    if known == ladder.tiers:
        problems.add("unknown-tier", f"unknown tier `{value}`", node, help)
    else:
        problems.add("unknown-value", f"`{fact.name}` is never `{value}`", node, help)


def known_fact(key: Scalar, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems) -> Fact | None:
    """Return the fact that `key` names, or None after noting that `ruleset` has none of that name."""
    name = str(key.value)
    if name not in vocabulary:
        help = did_you_mean(name, vocabulary) or f"known: {', '.join(f'`{known}`' for known in vocabulary)}"
        problems.add("unknown-fact", f"the ruleset `{ruleset}` has no fact `{name}`", key, help)
        return None
    return vocabulary[name]


def read_reference(node: Node, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems) -> Reference | None:
    """Return the reference `{$m: fact}` that `node` is, or None after noting what is wrong with it."""
    written = list(entries(node))
    if len(written) != 1 or written[0][0].text != "$m" or not isinstance(written[0][1], Scalar):
        problems.add("reference", "a reference to another fact is written `{$m: fact}`", node)
        return None
    name = written[0][1]
    if not isinstance(name.value, str):
        problems.add("type", f"a fact's name is text, not {kind_of(name)}", name)
        return None
    return Reference(name.value) if known_fact(name, vocabulary, ruleset, problems) else None
