"""Reads the triads' presets in an application's file, beside the policy in it."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import Source
from resolver.loader.tree import child, items, text
from resolver.schema.names import ROOT
from resolver.yaml_text.documents import read_documents, read_source
from resolver.yaml_text.nodes import resolved


def presets_of(path: Path) -> dict[str, str]:
    """Return the preset of each triad in the list `triads` at the root of a file, or under `config`.

    Raises ResolverError if the file cannot be read; a file that is not YAML has no triads.
    """
    source = read_source(path)
    documents = read_documents(source)[0] if isinstance(source, Source) else []
    presets = {}
    for document in documents:
        for holder in (resolved(document), child(resolved(document), ROOT)):
            for triad in items(child(holder, "triads")):
                name, preset = text(child(triad, "id")), text(child(triad, "preset"))
                if name is not None and preset is not None:
                    presets[name] = preset
    return presets
