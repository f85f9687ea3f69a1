"""Judges one entry as the loader does: finds every error that the loader reports because the entry is there."""

from __future__ import annotations

import re

from resolver.diagnostics import Level, Source
from resolver.loader import problems_of
from resolver.schema.names import ROOT, SECTIONS
from resolver.yaml_text.entry_path import HOLDER, STATE, Way, named
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, resolved
from resolver.yaml_text.outline import Outline

_LINE = re.compile(r"\bline \d+")
_LACKS = ("missing-section", "missing-key")
"""No entry can cause these: a file of a directory lacks sections that other files have."""
_KEPT = ("ladder", "tiers")
"""Sections that an entry is checked against."""


def entry_errors(outline: Outline, way: Way, key: str, *, whole: bool) -> set[str]:
    """Return the errors of a file that is reduced to its sections and the entry `key`.

    `whole` says that the file belongs to a policy directory. Line numbers are left out, since an entry moves the lines
    below it.
    """
    source = Source(outline.source.name, "")  # places are not needed, and counting the lines of a long file takes time
    documents = [_skeleton(document, way, key, source) for document in outline.documents()]
    problems = problems_of(source, documents, whole=whole)
    errors = (problem for problem in problems if problem.level is Level.ERROR and problem.code not in _LACKS)
    return {_LINE.sub("a line", f"{problem.code}: {problem.message}") for problem in errors}


def _skeleton(document: Node, way: Way, key: str, source: Source) -> Node:
    root = resolved(document)
    if not isinstance(root, Mapping):
        return _copied(root, source)
    entries: list[tuple[Node, Node]] = []
    for name in (*SECTIONS, ROOT):
        for _, value in named(root, name):
            inner: Node = _text(name, source, None)
            if name == ROOT and way.names[0] == ROOT:
                inner = _skeleton(value, Way(way.document, (HOLDER, STATE)), key, source)
            elif name == HOLDER:
                inner = _model_tiers(resolved(value), key, source)
            entries.append((_text(name, source), inner))
    return _mapping(entries, root, source)


def _model_tiers(node: Node, key: str, source: Source) -> Node:
    if not isinstance(node, Mapping):
        return _copied(node, source)
    entries: list[tuple[Node, Node]] = [
        (_text(name, source), _copied(value, source)) for name in _KEPT for _, value in named(node, name)
    ]
    for _, value in named(node, STATE):
        section = resolved(value)
        if isinstance(section, Mapping):
            kept = [(_copied(raw, source), _copied(tier, source)) for raw, tier in named(section, key)]
            entries.append((_text(STATE, source), _mapping(kept, section, source)))
        else:
            entries.append((_text(STATE, source), _copied(section, source)))
    return _mapping(entries, node, source)


def _copied(node: Node, source: Source) -> Node:
    """Return a copy of a node without its place."""
    node = resolved(node)
    if isinstance(node, Scalar):
        return Scalar(source, 0, 0, 0, node.tag, value=node.value, text=node.text)
    if isinstance(node, Mapping):
        entries = [(_copied(key, source), _copied(value, source)) for key, value in node.entries]
        return _mapping(entries, node, source)
    assert isinstance(node, Sequence)
    copied = Sequence(source, 0, 0, 0, node.tag, items=[_copied(item, source) for item in node.items])
    copied.close(0, copied.items)
    return copied


def _mapping(entries: list[tuple[Node, Node]], like: Mapping, source: Source) -> Mapping:
    mapping = Mapping(source, 0, 0, 0, like.tag, entries=entries)
    mapping.close(0, [part for entry in entries for part in entry])
    return mapping


def _text(text: str, source: Source, value: str | None = "") -> Scalar:
    """Return the key `text`, or a null if the value is None."""
    return Scalar(source, 0, 0, 0, value=text if value is not None else None, text=text if value is not None else "")
