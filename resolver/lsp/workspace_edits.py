"""Changes of a policy's texts as an editor makes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types

from resolver.author import Edits, Snapshot
from resolver.lsp.server import PolicyServer


def workspace_edit(
    server: PolicyServer, snapshot: Snapshot, versions: Mapping[Path, int | None], edits: Edits
) -> types.WorkspaceEdit:
    """Return changes of the texts in `snapshot`, for the versions of the open files that they were made for."""
    changes: dict[str, list[types.TextEdit]] = {}
    for path, splices in edits.items():
        lines = server.lines(snapshot.text(path))
        changes[server.uri(path)] = [types.TextEdit(lines.range(each.start, each.end), each.text) for each in splices]
    workspace = server.client_capabilities.workspace
    if not (workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes):
        return types.WorkspaceEdit(changes)
    numbers = {server.uri(path): versions.get(path) for path in edits}
    named = types.OptionalVersionedTextDocumentIdentifier
    documents = [types.TextDocumentEdit(named(uri, numbers[uri]), [*of]) for uri, of in changes.items()]
    return types.WorkspaceEdit(document_changes=documents)
