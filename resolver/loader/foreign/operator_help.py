"""Help for operators and conditions in the form of other languages that cannot be translated as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType

from resolver.domain import Fact, Integer, Text
from resolver.loader.foreign.comparisons import TIER_FACTS
from resolver.loader.foreign.operator_names import meanings, unavailable
from resolver.loader.foreign.written_conditions import MATCH_ALWAYS
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null

_FORMS = {
    "and": "write `$and: [{…}, {…}]`",
    "or": "write `$or: [{…}, {…}]`",
    "nor": "negate each part, and join them: `$and: [{$neq: {fact: value}}, …]`",
    "not": "negate what is inside: `$neq`, `$nex`, `$lt` for `$gte`",
    "eq": "write `{fact: value}`",
    "ne": "write `{$neq: {fact: value}}`",
    "in": "write `{fact: [one, two]}`",
    "nin": "write `$and: [{$neq: {fact: one}}, {$neq: {fact: two}}]`",
    "between": "write `$and: [{$gte: {fact: 3}}, {$lte: {fact: 5}}]`",
    "exists": "write `{$ex: {fact: 1}}`",
    "missing": "write `{$nex: {fact: 1}}`",
    "missing_some": "write `$or: [{$nex: {fact: 1}}, …]`",
    "wrap": "write the condition itself, such as `{fact: value}`",
    **{name: f"write `{{${name}: {{fact: 3}}}}`" for name in ("gt", "gte", "lt", "lte")},
}
_OWN = {
    "$m": "compare a fact with it: `{fact: {$m: other_fact}}`",
    "var": "name the fact itself: `{fact: value}`",
}
_ABOUT_PARTS = re.compile(r"\b(?:i?like|i?matches|match|contains|starts_?with|ends_?with|regexp?|glob)\b|=~|!~|~", re.I)
"""Comparisons with a part of a text."""
_RULE_KEYS = ("pri", "run", "because")


def is_operator(name: str) -> bool:
    """Return whether a key without `$` is an operator in another language, or a whole expression."""
    return (
        bool(meanings(name) or meanings(name.partition(" ")[2]))
        or unavailable(name) is not None
        or name in _OWN
        or any(c in "<>=&|()" for c in name)
    )


def help_for_operator(name: str) -> str | None:
    """Return what to write instead of an operator; None if its name is not known.

    >>> help_for_operator("$nin")
    'write `$and: [{$neq: {fact: one}}, {$neq: {fact: two}}]`'
    """
    found = meanings(name)
    return _OWN.get(name) or (_FORMS[found[0]] if found else unavailable(name))


def moved_help(fact: Fact, operator: str, value: Node) -> str:
    """Return the help for an operator of policies that is written inside of a fact, and not around it.

    Args:
        fact: The fact.
        operator: The operator, such as `$lt`.
        value: What the fact is compared with.

    """
    if operator in ("$and", "$or"):
        return f"write `{operator}: [{{{fact.name}: …}}, …]`"
    if operator in ("$ex", "$nex"):
        return f"write `{{{operator}: {{{fact.name}: 1}}}}`"
    if operator != "$neq" and not isinstance(fact.domain, Integer):
        return f"`{fact.name}` is text: {text_order_help(fact, operator, value)}"
    return f"write `{{{operator}: {{{fact.name}: …}}}}`"


def text_order_help(fact: Fact, operator: str, value: Node) -> str:
    """Return the help for an order, such as `$lt`, of a fact that is text.

    Args:
        fact: The fact. If its values are tiers, they are in the order of the ladder.
        operator: The operator.
        value: What the fact is compared with.

    """
    tiers = fact.domain.values if isinstance(fact.domain, Text) and fact.name.endswith(TIER_FACTS) else ()
    end = {"$lt": tiers[:1], "$gt": tiers[-1:]}.get(operator, ())
    if isinstance(value, Scalar) and value.text in end:
        return f"no tier is {'below' if operator == '$lt' else 'above'} `{value.text}`, so this never matches"
    names = "tiers" if tiers else "values"
    return f"name the {names}: `{{{fact.name}: [{', '.join(tiers[:2]) or 'one, two'}]}}`"


def two_keys_help(written: list[tuple[Scalar, Node]], facts: MappingType[str, Fact]) -> str | None:
    """Return the help for two keys in a condition that YAML reads where none, or one of the rule, is meant.

    Args:
        written: The keys and their values. Inside of braces, `1,000` and `a, b` without brackets are two entries.
        facts: The facts that the rule can read.

    """
    (first, value), (second, _) = written[:2]
    if (moved := next((key.text for key, _ in written if key.text in _RULE_KEYS), None)) is not None:
        return f"`{moved}` belongs to the rule: indent it like `all`"
    names = [key.text for key, _ in written[1:]]
    if not isinstance(value, Scalar) or not all(_is_alone(item) for _, item in written[1:]):
        return None
    if second.text.isdigit() and len(second.text) == 3 and type(value.value) is int:
        return f"write `{{{first.text}: {value.text}{second.text}}}`: a comma ends the number"
    if value.text and first.text in facts and not any(name in facts for name in names):
        return f"put several values in brackets: `{{{first.text}: [{', '.join([value.text, *names])}]}}`"
    return None


def _is_alone(node: Node) -> bool:
    """Return whether the value of a key is not written."""
    return isinstance(node, Scalar) and not node.text and is_null(node)


def no_mapping_help(node: Node, facts: MappingType[str, Fact]) -> str:
    """Return the help for a condition that is not a mapping.

    Args:
        node: The condition.
        facts: The facts that the rule can read.

    """
    if isinstance(node, Sequence):
        return "join several conditions: `$and: [{…}, {…}]`"
    text = node.text if isinstance(node, Scalar) else ""
    if text.lower() in ("", "~", "null", "true", "always", "any", "all", "*", "else", "otherwise", "default"):
        return MATCH_ALWAYS
    name, colon, value = text.partition(":")
    if colon and value.strip() and name in facts:
        why = "remove the quotes" if value.startswith(" ") else "a colon needs a space after it"
        return f"{why}: `{{{name}: {value.strip()}}}`"
    if _ABOUT_PARTS.search(text):
        return str(unavailable("regex"))
    if "?" in text:
        return str(unavailable("?:"))
    if "(" in text:
        return "rules have no functions: name the values, `{fact: [one, two]}`"
    if any(sign in text for sign in ("+", " - ", "*", "/", "%")):
        return str(unavailable("+"))
    return f"write `{{$ex: {{{text}: 1}}}}`, or `{{{text}: value}}`" if text in facts else "write `{fact: value}`"


def of_kind(node: Node) -> str:
    """Return words for a value that is a comparison in another form."""
    return "a mapping" if isinstance(node, Mapping) else f"`{node.text}`" if isinstance(node, Scalar) else "a list"


def foreign_entry(value: Mapping) -> tuple[Scalar, Node] | None:
    """Return the first entry of a mapping whose key is an operator in another language; None if there is none."""
    return next((entry for entry in value.named() if entry[0].text != "$m" and help_for_operator(entry[0].text)), None)
