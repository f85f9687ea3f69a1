"""Reads the values that conditions compare facts with."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType

from resolver.domain import Fact, Integer, Ladder, OpenText, Text
from resolver.loader.integers import integer_help
from resolver.loader.names import unknown_value
from resolver.loader.problems import Problems, named_kind
from resolver.schema import name_problem
from resolver.yaml_text.nodes import Mapping, Node, Scalar, is_null

_FOLDED = re.compile(r">\s*(\d{1,9})[ \t]*(?=[\r\n]|\Z)")
"""A sign and a number, which YAML takes for the head of a folded text."""


def read_value(
    fact: Fact, node: Node, facts: MappingType[str, Fact], ladder: Ladder, problems: Problems
) -> str | int | None:
    """Return the value in `node` if `fact` can have it, or None after reporting why it cannot."""
    if node.tag is not None:
        return None  # the shape check reported the tag, whose meaning is unknown
    if is_null(node):
        help = f"a fact that does not apply is absent: test it with `{{$nex: {{{fact.name}: 1}}}}`"
        problems.add("type", f"`{fact.name}` is never null", node, help)
        return None
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(fact.domain, Text) and not fact.domain.values:
        return str(value)  # the values of the fact are unknown, which was reported at its declaration
    if isinstance(fact.domain, Integer):
        return _integer(fact, fact.domain, node, problems)
    if not isinstance(value, str):
        if isinstance(node, Mapping):
            help = f"a list holds values; join references: `$or: [{{{fact.name}: {{$m: …}}}}, …]`"
        else:
            help = "put it in quotes if it is meant as text" if isinstance(node, Scalar) else "write one list of values"
        problems.add("type", f"`{fact.name}` is text, and {named_kind(node)}", node, help)
        return None
    if isinstance(fact.domain, OpenText):
        return value if _is_open_value(fact, value, node, problems) else None
    if value not in fact.domain.values:
        unknown_value(fact, value, node, facts, ladder, problems)
        return None
    return value


def _integer(fact: Fact, domain: Integer, node: Node, problems: Problems) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    if type(value) is not int:
        if isinstance(node, Mapping):
            help = "rules cannot calculate or compare two numbers"
        else:
            help = integer_help(node)
            if match := _FOLDED.match(node.source.text, node.start):
                help = f"YAML takes `>` for the start of a text: write `{{$gt: {{{fact.name}: {match[1]}}}}}`"
        problems.add("type", f"`{fact.name}` is an integer, and {named_kind(node)}", node, help)
        return None
    lowest, highest = domain.lowest, domain.highest_literal
    if not lowest <= value <= highest:
        assert isinstance(node, Scalar)
        message = f"`{node.text}` is outside {lowest:,} to {highest:,}, which `{fact.name}` compares with"
        problems.add("range", message, node, "choose a number in this range")
        return None
    return value


def _is_open_value(fact: Fact, value: str, node: Node, problems: Problems) -> bool:
    if fact.name == "phase" and not value:
        help = "no phase is an absent fact: write `{$nex: {phase: 1}}`"
        problems.add("empty", "the phase of a request is never empty", node, help)
    elif problem := name_problem(value):
        problems.add("name", f"this value {problem}", node, "choose a shorter, plain one")
    else:
        return True
    return False
