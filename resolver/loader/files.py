"""Which files a policy is made of, and where its sections stand in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from resolver.diagnostics import ResolverError, Source, legible
from resolver.loader.nodes import Mapping, Node, is_null, resolved
from resolver.loader.problems import Problems, kind_of

SECTIONS = ("model_tiers", "facts", "rulesets")
ROOT = "config"
"""The key under which an application's single file may keep the sections."""


def policy_files(path: Path) -> list[Path]:
    """Return the files of the policy at `path` in the order of their names; ResolverError if there are none."""
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if _counts(file))
            problem = "has no `*.yaml` file"
        else:
            files = []
            problem = "is neither a file nor a directory" if path.exists() else "does not exist"
    except OSError as error:
        raise ResolverError(f"cannot read `{legible(str(path))}`: {error.strerror or error}") from error
    if not files:
        raise ResolverError(f"the policy `{legible(str(path))}` {problem}; `resolver init DIR` makes one")
    return files


def _counts(file: Path) -> bool:
    """Tell whether a file of a policy directory is part of the policy; a broken link is, a directory or a pipe not."""
    if file.suffix not in (".yaml", ".yml") or file.name.startswith(".") or file.stem.endswith("_test"):
        return False
    return file.is_file() or not file.exists()


def sections_of(source: Source, documents: list[Node], problems: Problems, *, whole: bool) -> list[Mapping]:
    """Return the mappings of `source` that hold sections.

    With `whole` the file is part of a policy directory and holds nothing but sections; else it is an application's,
    whose sections stand at its root or under `config`, and the rest of it is not looked at.
    """
    found: list[Mapping] = []
    for document in documents:
        holders = _holders(document, problems, whole=whole)
        if found and holders:
            name = next((key for key, _ in holders[0].named() if key.value in SECTIONS), holders[0])
            first = next((key for key, _ in found[0].named() if key.value in SECTIONS), found[0])
            message = f"sections of a policy stand in one document, and there are some in line {first.place.line}"
            problems.add("documents", message, name, "join them in one document")
        found += holders
    return found


def _holders(document: Node, problems: Problems, *, whole: bool) -> list[Mapping]:
    root = resolved(document)
    if not isinstance(root, Mapping):
        if whole and not is_null(root):
            message = f"a policy file is a mapping of sections, not {kind_of(root)}"
            problems.add("type", message, root, "write `rulesets:`, for example")
        return []
    if whole:
        return [root] if root.entries else []
    within = [value for key, node in root.named() if key.value == ROOT and isinstance(value := resolved(node), Mapping)]
    return [found for holder in (root, *within) if (found := only(holder, SECTIONS)).entries]


def only(mapping: Mapping, names: Iterable[str]) -> Mapping:
    """Return the entries of `mapping` whose keys are in `names`."""
    return Mapping.of(mapping, [(key, value) for key, value in mapping.named() if key.text in names])
