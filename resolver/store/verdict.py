"""The loader's verdict on one entry: everything that it would say because the entry is there."""

from __future__ import annotations

import re

from resolver.loader import problems_of
from resolver.loader.files import ROOT, SECTIONS
from resolver.loader.nodes import Mapping, Node, Scalar, resolved
from resolver.loader.way import HOLDER, STATE, Way, named
from resolver.store.outline import Outline

_LINE = re.compile(r"\bline \d+")
_LACKS = ("missing-section", "missing-key")
"""What no entry can be the cause of: a file of a directory lacks what the others have."""
_KEPT = ("ladder", "tiers")
"""What an entry is held against."""


def verdict_of(outline: Outline, way: Way, key: str, *, whole: bool) -> set[str]:
    """Return what the loader says to a file of which only the sections are left, and in them the entry `key`.

    `whole` says that the file is one of a policy directory. Lines are left out, since an entry moves those below it.
    """
    documents = [_skeleton(document, way, key) for document in outline.documents()]
    found = problems_of(outline.source, documents, whole=whole)
    return {
        _LINE.sub("a line", f"{problem.code}: {problem.message}") for problem in found if problem.code not in _LACKS
    }


def _skeleton(document: Node, way: Way, key: str) -> Node:
    root = resolved(document)
    if not isinstance(root, Mapping):
        return document
    entries = []
    for name in (*SECTIONS, ROOT):
        for raw, value in named(root, name):
            if name == ROOT and way.names[0] == ROOT:
                entries.append((raw, _skeleton(value, Way(way.document, (HOLDER, STATE)), key)))
            elif name == HOLDER:
                entries.append((raw, _model_tiers(resolved(value), key)))
            else:
                entries.append((raw, _nothing(value)))
    return Mapping.of(root, entries)


def _model_tiers(node: Node, key: str) -> Node:
    if not isinstance(node, Mapping):
        return node
    entries = [entry for name in _KEPT for entry in named(node, name)]
    for raw, value in named(node, STATE):
        section = resolved(value)
        if isinstance(section, Mapping):
            section = Mapping.of(section, named(section, key))
        entries.append((raw, section))
    return Mapping.of(node, entries)


def _nothing(node: Node) -> Scalar:
    return Scalar(node.source, node.start, node.end, node.head)
