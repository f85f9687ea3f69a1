"""Differences between a policy's text before and after an edit: lines, comments, entries and all the rest."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from resolver.serving.policy_text import PolicyText


def read(folder: Path, text: str) -> PolicyText:
    path = folder / "policy.yaml"
    path.write_bytes(text.encode())
    return PolicyText.read(path)


def text_of(read: PolicyText) -> str:
    return read.content.decode()


def lines(text: str) -> list[str]:
    """The lines as YAML ends them, ends included."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def changes(old: str, new: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    diff = list(difflib.ndiff(lines(old), lines(new), charjunk=None))
    return [d[2:] for d in diff if d.startswith("- ")], [d[2:] for d in diff if d.startswith("+ ")]


def content(text: str) -> list[Any]:
    """What ruamel reads, as plain data, `escalation_state` and the way to it taken apart by the caller."""
    reader = YAML(pure=True, typ="rt")
    return [_plain(document) for document in reader.load_all(text.removeprefix("\ufeff"))]


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list | set):
        return [_plain(item) for item in node]
    return None if node is None else str(node)


def comments(text: str) -> list[str]:
    """All that stands behind a `#` which begins a comment in these layouts, none of which quotes one."""
    return [line[line.index("#") :].rstrip() for line in lines(text) if "#" in line]


def entries(documents: list[Any]) -> dict[str, str]:
    """The entries wherever they stand."""
    for document in documents:
        for holder in (document, document.get("config") if isinstance(document, dict) else None):
            if isinstance(holder, dict) and isinstance(holder.get("model_tiers"), dict):
                return dict(holder["model_tiers"].get("escalation_state") or {})
    return {}


def rest(documents: list[Any]) -> list[Any]:
    """Everything but the entries and empty parents of them."""

    def without(holder: Any) -> Any:
        if not isinstance(holder, dict):
            return holder
        kept = {key: value for key, value in holder.items() if key not in ("model_tiers", "config")}
        tiers = holder.get("model_tiers")
        if isinstance(tiers, dict) and {*tiers} - {"escalation_state"}:
            kept["model_tiers"] = {key: value for key, value in tiers.items() if key != "escalation_state"}
        if without(holder.get("config")):
            kept["config"] = without(holder["config"])
        return kept or None

    return [without(document) for document in documents if without(document)]
