"""Looks up facts and values by the names that rules use."""

from __future__ import annotations

from collections.abc import Mapping

from resolver.diagnostics import listed
from resolver.domain import Fact, Ladder, Reference, RulesetName, Text, vocabulary
from resolver.loader.problems import Problems
from resolver.loader.tree import entries
from resolver.yaml_text.nodes import Node, Scalar, kind_of


def unknown_value(value: str, fact: Fact, node: Node, ladder: Ladder, problems: Problems) -> None:
    """Report that `fact` never has `value`."""
    assert isinstance(fact.domain, Text)
    values = fact.domain.values
    if values == ladder.tiers:
        problems.add("unknown-tier", f"unknown tier `{value}`", node, problems.choice(value, values))
    else:
        problems.add("unknown-value", f"`{fact.name}` is never `{value}`", node, problems.choice(value, values))


def known_fact(key: Scalar, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems) -> Fact | None:
    """Return the fact named by `key`, or None after reporting that `ruleset` has no such fact."""
    name = str(key.value)
    if name in vocabulary:
        return vocabulary[name]
    owner = _other_ruleset(name, ruleset)
    help = (
        f"`{name}` is a fact of the ruleset `{owner}`"
        if owner
        else problems.guess(name, vocabulary) or f"known: {listed(vocabulary)}; `facts` can declare more"
    )
    problems.add("unknown-fact", f"the ruleset `{ruleset}` has no fact `{name}`", key, help)
    return None


def read_reference(node: Node, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems) -> Reference | None:
    """Return the reference `{$m: fact}` in `node`, or None after reporting what is wrong with it."""
    written = list(entries(node))
    if len(written) != 1 or written[0][0].text != "$m" or not isinstance(written[0][1], Scalar):
        help = "rules compare facts with values and with each other, and do not calculate"
        problems.add("reference", "a reference to another fact is written `{$m: fact}`", node, help)
        return None
    name = written[0][1]
    if not isinstance(name.value, str):
        problems.add("type", f"a fact's name is text, not {kind_of(name)}", name, "name a fact")
        return None
    return Reference(name.value) if known_fact(name, vocabulary, ruleset, problems) else None


def _other_ruleset(name: str, ruleset: str) -> str | None:
    return next(
        (
            candidate
            for candidate in RulesetName
            if candidate != ruleset and name in vocabulary(candidate, Ladder(()), {})
        ),
        None,
    )
