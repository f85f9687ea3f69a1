"""Help for values of a wrong type whose meaning can be guessed, written out."""

from __future__ import annotations

import re

from resolver.loader.tree import entries, items, text
from resolver.schema.options import is_secret
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved
from resolver.yaml_text.quoting import scalar

Path = tuple[int | str, ...]
_INTEGERS = ("int", "integer", "number", "num", "long", "whole")
_LONGEST = 10
"""The longest list that a help writes out."""


def misplaced_value_help(path: Path, key: Node | None, value: Node, expected: str) -> str | None:
    """Return the help for the value at `path`, which should be `expected`; None if its meaning is not clear."""
    value = resolved(value)
    if expected == "a mapping":
        return _mapping_help(path, key, value)
    if expected == "a list":
        words = _words(value)
        return f"write {_listed(words)}" if words else None
    if expected == "a boolean" and isinstance(value, Scalar):
        return (
            f"write `{'false' if value.text.lower() in ('no', 'off', '0', 'false', 'n') else 'true'}`, without quotes"
        )
    if expected == "text" and len(path) == 5 and path[1] == "tiers" and path[3] == "providers":
        return "write a model id, or `{id: …, option: …}`"
    if path[1:2] == ("escalation_state",) and isinstance(value, Mapping):
        roles = [role.text for role, _ in entries(value)]
        return f'write `"{_text(key)}:{roles[0]}": tier`' if roles and ":" not in _text(key) else None
    if expected == "text" and _is_row(path) and (tier := _only_text(value)) is not None and key is not None:
        return f"write the tier alone: `{_text(key)}: {scalar(tier)}`"
    return None


def _mapping_help(path: Path, key: Node | None, value: Node) -> str | None:
    name = _text(key)
    written = value.text if isinstance(value, Scalar) else ""
    if match := re.match(r"([^\s:]+):([^\s/].*)", written):
        shown = "…" if is_secret(match[1]) else match[2].split()[0]
        return f"a colon needs a space after it: `{match[1]}: {shown}`"
    if path == ("facts",) and (names := _words(value)):
        return f"write `{scalar(names[0])}: {{values: [a, b]}}`, one line for each fact"
    if len(path) == 2 and path[0] == "facts":
        if isinstance(value, Sequence) and (names := _words(value)):
            return f"write `{name}: {{values: {_flow(names)}}}`"
        if written.lower() in _INTEGERS or (isinstance(value, Scalar) and type(value.value) is int):
            return f"write `{name}: {{integer: true}}`"
        return f"write `{name}: {{values: [a, b]}}`, or `{{integer: true}}`"
    if len(path) == 3 and path[:2] == ("model_tiers", "tiers"):
        model = scalar(written) if written else "…"
        return f"write `{name}: {{providers: {{provider: {model}}}}}`, with the provider's name"
    if len(path) == 4 and path[1] == "tiers" and path[3] == "providers":
        return "write `provider: model id` for each provider"
    if len(path) == 3 and path[1] == "phase_overrides":
        return f"phases come first, then roles: `{name}: {{role: {scalar(written) if written else 'tier'}}}`"
    if isinstance(value, Sequence) and items(value) and all(isinstance(item, Mapping) for item in items(value)):
        return "remove the dashes: the entries of a mapping have none"
    return None


def _is_row(path: Path) -> bool:
    return path[:1] == ("model_tiers",) and path[1:2] in (
        ("role_defaults",),
        ("phase_overrides",),
        ("escalation_state",),
    )


def _only_text(value: Node) -> str | None:
    """Return the one text in a list or a mapping, None if there are more."""
    nodes = items(value) or [inner for _, inner in entries(value)]
    return text(nodes[0]) if len(nodes) == 1 else None


def _words(value: Node) -> list[str]:
    """Return the names in a list, in the keys of a mapping, or in a text with separators."""
    if isinstance(value, Scalar):
        return [word for word in re.split(r"\s*[,|;<]\s*|\s+", value.text) if word][:_LONGEST]
    if isinstance(value, Mapping):
        return [key.text for key, _ in entries(value)][:_LONGEST]
    return [word for item in items(value) if (word := text(item))][:_LONGEST]


def _listed(words: list[str]) -> str:
    return f"`{_flow(words)}`"


def _flow(words: list[str]) -> str:
    return f"[{', '.join(scalar(word) for word in words)}]"


def _text(node: Node | None) -> str:
    node = resolved(node) if node is not None else None
    return node.text if isinstance(node, Scalar) else ""
