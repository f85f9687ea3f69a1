"""Help for values of a wrong type whose meaning can be guessed, written out."""

from __future__ import annotations

import re
from collections.abc import Collection

from resolver.diagnostics import listed
from resolver.loader.tree import entries, items, text
from resolver.schema.kinds import Path
from resolver.schema.options import is_secret
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null, resolved
from resolver.yaml_text.quoting import scalar

_ROW_WORDS = ("tier", "default", "level", "name", "value", "model", "use", "run")
"""Keys under which authors write the tier of a row."""
_INTEGERS = ("int", "integer", "number", "num", "long", "whole")
_LONGEST = 10
"""The longest list that a help writes out."""
_SEPARATOR = re.compile(r"\s*(?:[-=]?>|[,|;<])\s*|\s+")
"""A sign between two names that are written as one text."""


def misplaced_value_help(
    path: Path, key: Node | None, value: Node, expected: str, tiers: Collection[str] = ()
) -> str | None:
    """Return the help for a value of a wrong type, None if its meaning is not clear.

    Args:
        path: The place of the value.
        key: The key of the value, None for an item of a list.
        value: The value.
        expected: The kind of the value that should be there.
        tiers: The names of the policy's tiers.

    """
    value = resolved(value)
    if expected == "a mapping":
        return _mapping_help(path, key, value)
    if expected == "a list":
        words = words_of(value)
        return f"write {_listed(words)}" if words else None
    if expected == "a boolean" and isinstance(value, Scalar):
        return (
            f"write `{'false' if value.text.lower() in ('no', 'off', '0', 'false', 'n') else 'true'}`, without quotes"
        )
    if expected == "text" and len(path) == 5 and path[1] == "tiers" and path[3] == "providers":
        return _model_help(key, value)
    if path[1:2] == ("escalation_state",) and isinstance(value, Mapping):
        roles = [role.text for role, _ in entries(value)]
        return f'write `"{_text(key)}:{roles[0]}": tier`' if roles and ":" not in _text(key) else None
    if expected == "text" and isinstance(path[-1], int) and isinstance(value, Mapping) and (names := words_of(value)):
        return f"write the name alone: `{scalar(names[0])}`"
    if expected == "text" and _is_row(path) and key is not None:
        return _row_help(_text(key), value, path[1] == "phase_overrides", tiers)
    return None


def _model_help(key: Node | None, value: Node) -> str:
    """Return the help for a model that is not text, or for an option beside the models."""
    if isinstance(value, Scalar) and type(value.value) in (float, bool):
        name = _text(key)
        return (
            f"put it in quotes if it is a model id; an option belongs to its model: `{{id: …, {name}: {value.text}}}`"
        )
    return "write a model id, or `{id: …, option: …}`"


def _row_help(name: str, value: Node, is_override: bool, tiers: Collection[str]) -> str | None:
    """Return the help for a row whose tier is not text: a list, a mapping, or nothing."""
    if is_null(value):
        return f"write its tier: one of {listed(tiers)}"
    words = words_of(value) if isinstance(value, Mapping | Sequence) else []
    if name in tiers and words and words[0] not in tiers:
        return f"roles come first, then their tiers: `{scalar(words[0])}: {scalar(name)}`, one line for each role"
    if not isinstance(value, Mapping):
        tier = _only_text(value)
        return None if tier is None else f"write the tier alone: `{scalar(name)}: {scalar(tier)}`"
    inner = list(entries(value))
    if not inner:
        return None
    role, tier = inner[0][0].text, text(inner[0][1])
    if len(inner) == 1 and tier is not None and role in _ROW_WORDS:
        return f"write the tier alone: `{scalar(name)}: {scalar(tier)}`"
    row = f"{scalar(role)}: {scalar(tier) if tier else 'tier'}"
    if is_override:
        return f"an override has two levels, phases and roles, and holds for every triad: `{scalar(name)}: {{{row}}}`"
    return f"roles have no groups: write `{row}`; it holds for every triad and phase"


def _mapping_help(path: Path, key: Node | None, value: Node) -> str | None:
    name = _text(key)
    written = value.text if isinstance(value, Scalar) else ""
    if match := re.match(r"([^\s:]+):([^\s/].*)", written):
        shown = "…" if is_secret(match[1]) else match[2].split()[0]
        return f"a colon needs a space after it: `{match[1]}: {shown}`"
    if path == ("facts",) and (names := words_of(value)):
        return f"write `{scalar(names[0])}: {{values: [a, b]}}`, one line for each fact"
    if len(path) == 2 and path[0] == "facts":
        if isinstance(value, Sequence) and (names := words_of(value)):
            return f"write `{name}: {{values: {_flow(names)}}}`"
        if written.lower() in _INTEGERS or (isinstance(value, Scalar) and type(value.value) is int):
            return f"write `{name}: {{integer: true}}`"
        return f"write `{name}: {{values: [a, b]}}`, or `{{integer: true}}`"
    if path == ("model_tiers", "escalation_state"):
        return 'write `"triad:role": tier`, one line for each entry, or `{}` for none'
    if len(path) == 3 and path[:2] == ("model_tiers", "providers"):
        return f"`providers` has settings here, such as `{scalar(name)}: {{timeout: 30}}`; a model belongs under a tier"
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


def words_of(value: Node | str) -> list[str]:
    """Return the names in a list, in the keys of a mapping, or in a text with separators."""
    if isinstance(value, Scalar | str):
        written = value if isinstance(value, str) else value.text
        words = (word.lstrip("-") for word in _SEPARATOR.split(written))
        return [word for word in words if word][:_LONGEST]
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
