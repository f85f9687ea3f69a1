"""Writes the default ladder out, as a policy needs it whose tiers get other names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from resolver.author.rename.policy_names import PolicyNames
from resolver.diagnostics import ResolverError
from resolver.domain import DEFAULT_LADDER, NameKind, Renaming
from resolver.loader.tree import child, entry
from resolver.yaml_text.nodes import Node, Scalar, is_null
from resolver.yaml_text.nodes import Sequence as ListNode
from resolver.yaml_text.quoting import quoted, scalar
from resolver.yaml_text.splices import Splice


def written_ladder(names: PolicyNames, renaming: Renaming, tiers: Sequence[str]) -> tuple[Path, Splice] | None:
    """Return the change that writes `tiers` as the ladder; None if the renaming does not need it.

    Raises:
        ResolverError: The key `ladder` has no value, and none can be written after it.
    """
    if renaming.kind is not NameKind.TIER or renaming.old not in DEFAULT_LADDER:
        return None
    sections = [(path, child(holder, "model_tiers")) for path, holder in names.holders]
    if any(isinstance(ladder := child(section, "ladder"), ListNode) and ladder.items for _, section in sections):
        return None
    for path, section in sections:
        written = entry(section, "ladder")
        if written is not None:
            return path, _replaced(written[1], tiers)
    for path, section in sections:
        defined = entry(section, "tiers")
        if section is not None and defined is not None and entry(defined[1], renaming.old) is not None:
            return path, _inserted(section, defined[0], tiers)
    return None


def _replaced(node: Node, tiers: Sequence[str]) -> Splice:
    if is_null(node) and not (isinstance(node, Scalar) and node.text):
        raise ResolverError(
            f"{node.place}: `ladder` has no value; write the tiers there, lowest first, then rename one"
        )
    is_json = node.source.text.lstrip()[:1] == "{"
    return Splice(node.start, node.end, _flow(tiers, is_json=is_json))


def _inserted(section: Node, key: Scalar, tiers: Sequence[str]) -> Splice:
    text = key.source.text
    is_json = text[key.start : key.start + 1] == '"'
    ladder = f"{quoted('ladder') if is_json else 'ladder'}: {_flow(tiers, is_json=is_json)}"
    if text[section.start : section.start + 1] == "{":
        return Splice(key.head, key.head, f"{ladder}, ")
    newline = re.search(r"\r\n?|\n", text)
    column = key.source.position(key.head)[1]
    return Splice(key.head, key.head, ladder + (newline[0] if newline else "\n") + " " * (column - 1))


def _flow(tiers: Sequence[str], *, is_json: bool) -> str:
    return f"[{', '.join(quoted(tier) if is_json else scalar(tier) for tier in tiers)}]"
