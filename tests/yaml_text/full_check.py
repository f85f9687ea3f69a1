"""The judgement of a change by ruamel.yaml alone, over both texts as a whole; slow, and an oracle for the quick one."""

from __future__ import annotations

import re
import warnings
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from resolver.yaml_text.entry_path import Way


def agrees(old: str, new: str, way: Way, key: str, tier: str | None) -> bool:
    """Whether `new` is `old` with the entry `key` at the end of `way` set to `tier`, and has all of its comments."""
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return False
    before = before or [None]
    if len(before) != len(after):
        return False
    expected = [_with(node, (*way.names, key), tier) if at == way.document else node for at, node in enumerate(before)]
    return expected == after and _kept(_comments(old), _comments(new), removed=tier is None)


def _read(text: str) -> list[Any] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [_plain(node, {}) for node in YAML(pure=True).compose_all(text)]
        except (YAMLError, AttributeError):
            return None


def _plain(node: Any, known: dict[int, Any]) -> Any:
    """Mappings as lists of pairs, so that their order counts and keys may be anything."""
    if node is None:
        return None
    if id(node) not in known:
        tag = str(node.tag)
        if isinstance(node.value, str):
            known[id(node)] = (
                None if tag.endswith(":null") else node.value if tag.endswith(":str") else (tag, node.value)
            )
        elif all(isinstance(item, tuple) for item in node.value) and not tag.endswith(":seq"):
            known[id(node)] = ["map", *[(_plain(key, known), _plain(value, known)) for key, value in node.value]]
        else:
            known[id(node)] = [tag, *[_plain(item, known) for item in node.value]]
    return known[id(node)]


def _with(node: Any, names: tuple[str, ...], tier: str | None) -> Any:
    if not names:
        return tier
    pairs = node[1:] if isinstance(node, list) and node[0] == "map" else []
    index = next((at for at, (key, _) in enumerate(pairs) if key == names[0]), None)
    if index is None:
        return ["map", *pairs, (names[0], _with(None, names[1:], tier))]
    inner = [(names[0], _with(pairs[index][1], names[1:], tier))]
    if len(names) == 1 and tier is None:
        inner = []
    return ["map", *pairs[:index], *inner, *pairs[index + 1 :]]


def _comments(text: str) -> list[str]:
    """What stands behind a `#` that could begin a comment, be it one or not: in scalars, too, none may come or go."""
    found = (re.search(r"(?<!\S)#.*", line) for line in re.split(r"\r\n?|\n", text))
    return [comment[0].rstrip() for comment in found if comment]


def _kept(before: list[str], after: list[str], *, removed: bool) -> bool:
    if before == after:
        return True
    shorter = [before[:at] + before[at + 1 :] for at in range(len(before))] + [
        before[:at] + before[at + 2 :] for at in range(len(before))
    ]
    return removed and after in shorter
