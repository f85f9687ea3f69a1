"""Which files a policy is made of, and where its sections stand in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from resolver.diagnostics import ResolverError, Source
from resolver.loader.nodes import Mapping, Node, is_null, resolved
from resolver.loader.tree import Problems, kind_of

SECTIONS = ("model_tiers", "facts", "rulesets")
ROOT = "config"
"""The key under which an application's single file may keep the sections."""


def policy_files(path: Path) -> list[Path]:
    """Return the files of the policy at `path` in the order of their names; ResolverError if there are none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        problem = "is neither a file nor a directory" if path.exists() else "does not exist"
        raise ResolverError(f"the policy `{path}` {problem}; `resolver init DIR` makes one")
    files = sorted(
        file
        for file in path.iterdir()
        if file.suffix in (".yaml", ".yml") and not file.name.startswith(".") and not file.stem.endswith("_test")
        if not file.is_dir()
    )
    if not files:
        raise ResolverError(f"the policy `{path}` has no `*.yaml` file; `resolver init DIR` makes one")
    return files


def sections_of(source: Source, documents: list[Node], problems: Problems, *, whole: bool) -> list[Mapping]:
    """Return the mappings of `source` that hold sections.

    With `whole` the file is part of a policy directory and holds nothing but sections; else it is an application's,
    whose sections stand at its root or under `config`, and the rest of it is not looked at.
    """
    holders = [holder for document in documents for holder in _holders(document, problems, whole=whole)]
    starts = [_document_of(holder, documents) for holder in holders]
    for holder, start in zip(holders, starts, strict=True):
        if start != starts[0]:
            name = next((key for key, _ in holder.named() if key.value in SECTIONS), holder)
            first = f"another document of the file has some, too (line {holders[0].place.line})"
            problems.add(
                "documents", f"sections of a policy stand in one document: {first}", name, "join them in one document"
            )
            return holders[:1]
    return holders


def _document_of(holder: Node, documents: list[Node]) -> int:
    return max((document.start for document in documents if document.start <= holder.start), default=0)


def _holders(document: Node, problems: Problems, *, whole: bool) -> list[Mapping]:
    root = resolved(document)
    if is_null(root):
        return []
    if not isinstance(root, Mapping):
        if whole:
            problems.add(
                "type",
                f"a policy file is a mapping of sections, not {kind_of(root)}",
                root,
                "write `rulesets:`, for example",
            )
        return []
    if whole:
        return [root]
    found = [only(root, SECTIONS)] if any(key.value in SECTIONS for key, _ in root.named()) else []
    inner = [value for key, node in root.named() if key.value == ROOT and isinstance(value := resolved(node), Mapping)]
    return found + [only(m, SECTIONS) for m in inner if any(key.value in SECTIONS for key, _ in m.named())]


def only(mapping: Mapping, names: Iterable[str]) -> Mapping:
    """Return the entries of `mapping` whose keys are in `names`."""
    entries: list[tuple[Node, Node]] = [(key, value) for key, value in mapping.named() if key.text in names]
    return Mapping.of(mapping, entries)
