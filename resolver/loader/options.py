"""Reads options of models and providers, and refuses those that hold keys or that the resolver sets itself."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from math import isfinite

from resolver.diagnostics import looks_like_a_key
from resolver.domain import Options, OptionValue
from resolver.frozen import FrozenDict
from resolver.loader.problems import Problems
from resolver.loader.tree import entries
from resolver.schema import name_problem
from resolver.schema.options import is_secret
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved

KEYS_ELSEWHERE = "remove it: keys do not belong in a policy; name an environment variable in `api_key_env`"
"""The help for a key in a policy."""


def hide(node: Node) -> None:
    """Keep the text of `node` out of excerpts, because it may be a key."""
    node = resolved(node)
    node.source.hide(node.start, node.end)


def read_options(
    node: Node | None, refused: MappingType[str, str], problems: Problems, *, besides: str | None = None
) -> Options:
    """Return the options in the mapping `node`, frozen, without the wrong ones.

    Args:
        node: The mapping; any other node has no options.
        refused: For each name that may not be an option, what to write instead.
        problems: Collects what is wrong.
        besides: A key of the mapping that is read elsewhere.

    """
    options = {}
    for key, value in entries(node):
        if (help := refused.get(key.text)) is not None:
            problems.add("option", f"`{key.text}` is not an option", key, help)
        elif key.text != besides:
            options[key.text] = _named(key, value, problems)
    return FrozenDict(options)


def _named(key: Scalar, value: Node, problems: Problems) -> OptionValue:
    """Return the value of the option `key`."""
    if is_secret(key.text):
        hide(value)
        problems.add("secret", f"the option `{key.text}` holds a key", key, KEYS_ELSEWHERE)
        return None
    if not key.text:
        problems.add("empty", "this name is empty", key, "write something, or remove it")
    elif problem := name_problem(key.text):
        problems.add("name", f"this name {problem}", key, "choose a shorter, plain one")
    return _value(value, problems)


def _value(node: Node, problems: Problems) -> OptionValue:
    node = resolved(node)
    if isinstance(node, Sequence):
        return tuple(_value(item, problems) for item in node.items)
    if isinstance(node, Mapping):
        return FrozenDict({key.text: _named(key, value, problems) for key, value in entries(node)})
    assert isinstance(node, Scalar)
    if isinstance(node.value, str) and looks_like_a_key(node.value):
        hide(node)
        problems.add("secret", "this value looks like a key", node, KEYS_ELSEWHERE)
        return None
    if isinstance(node.value, float) and not isfinite(node.value):
        help = "write a finite number, or put it in quotes if it is meant as text"
        problems.add("range", f"`{node.text}` is not a finite number", node, help)
    return node.value
