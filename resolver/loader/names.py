"""Looks up facts and values by the names that rules use."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from resolver.diagnostics import listed
from resolver.domain import Fact, Ladder, Reference, RulesetName, Text, vocabulary
from resolver.loader.pattern_names import pattern_help
from resolver.loader.problems import Problems
from resolver.loader.tree import entries, text
from resolver.yaml_text.nodes import Node, Scalar, kind_of

_SYNONYMS = {
    "strikes": "failures failure_count fail_count attempts errors count retries streak tries",
    "kind": "error error_kind error_type failure_kind reason cause type",
    "result": "outcome status success failed",
    "role": "agent agent_role role_name name",
    "phase": "stage step state",
    "triad": "team triad_id team_id",
    "failed_tier": "tier current_tier",
    "role_default": "tier default default_tier",
    "escalated_tier": "escalation escalated",
    "phase_override": "override",
}
"""Names that authors give to facts that every policy has."""


def unknown_value(  # noqa: PLR0917
    fact: Fact, value: str, node: Node, facts: Mapping[str, Fact], ladder: Ladder, problems: Problems
) -> None:
    """Report that `fact` never has `value`; `facts` are those that the rule can refer to instead."""
    assert isinstance(fact.domain, Text)
    values = fact.domain.values
    referred = fact_in(value, facts)
    if referred is not None and fact.is_comparable(facts[referred]):
        help = f"for the value of that fact, write `{{$m: {referred}}}`"
    else:
        is_condition = fact.name != "run"  # the effect takes one tier, not a list
        help = (pattern_help(value, values, fact) if is_condition else "") or problems.choice(value, values)
    if values == ladder.tiers:
        problems.add("unknown-tier", f"unknown tier `{value}`", node, help)
    else:
        problems.add("unknown-value", f"`{fact.name}` is never `{value}`", node, help)


def fact_in(text: str, facts: Mapping[str, Fact]) -> str | None:
    """Return the fact that a text such as `$role_default` or `{{m.role_default}}` names, None if it names none."""
    plain = text.strip("${}<>% ").removeprefix("m.")
    return plain if plain in facts else None


def known_fact(key: Scalar, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems) -> Fact | None:
    """Return the fact named by `key`, or None after reporting that `ruleset` has no such fact."""
    name = str(key.value)
    if name in vocabulary:
        return vocabulary[name]
    owner = other_ruleset(name, ruleset)
    plain, colon, value = name.partition(":")
    meant = next(
        (fact for fact, names in _SYNONYMS.items() if name.lower() in names.split() and fact in vocabulary), None
    )
    if colon and plain in vocabulary:
        help = f"a colon needs a space after it: `{plain}: {value}`"
    elif owner:
        help = f"`{name}` is a fact of the ruleset `{owner}`"
    elif meant:
        help = f"did you mean `{meant}`?"
    else:
        help = problems.guess(name, vocabulary) or f"known: {listed(vocabulary)}; `facts` can declare more"
    problems.add("unknown-fact", f"the ruleset `{ruleset}` has no fact `{name}`", key, help)
    return None


def read_reference(
    node: Node, vocabulary: Mapping[str, Fact], ruleset: str, problems: Problems, meant: Collection[str]
) -> Reference | None:
    """Return the reference `{$m: fact}` in `node`, or None after reporting what is wrong with it.

    Args:
        node: The reference.
        vocabulary: The facts that rules of the ruleset may read.
        ruleset: The ruleset that the rule belongs to.
        problems: Where mistakes are reported.
        meant: The facts that a reference may have here, one of which a help may write out.

    """
    written = list(entries(node))
    if len(written) != 1 or written[0][0].text != "$m" or not isinstance(written[0][1], Scalar):
        texts = [text(value) for _, value in written] if len(written) == 1 else [text(node)]
        named = fact_in(texts[0] or "", vocabulary)
        if named in meant:
            help = f"write `{{$m: {named}}}`"
        elif named:
            help = "name the values instead"
        else:
            help = "rules compare facts with values and with each other, and cannot calculate"
        problems.add("reference", "a reference to another fact is written `{$m: fact}`", node, help)
        return None
    name = written[0][1]
    if not isinstance(name.value, str):
        problems.add("type", f"a fact's name is text, not {kind_of(name)}", name, "name a fact")
        return None
    return Reference(name.value) if known_fact(name, vocabulary, ruleset, problems) else None


def other_ruleset(name: str, ruleset: str) -> str | None:
    """Return the other ruleset if it has a built-in fact of this name that `ruleset` does not have."""
    return next(
        (
            candidate
            for candidate in RulesetName
            if candidate != ruleset and name in vocabulary(candidate, Ladder(()), {})
        ),
        None,
    )
