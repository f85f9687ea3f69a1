"""Definitions, uses and renaming of names, by the code of `resolver rename`, and the outline of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from resolver.author import Heading, NameAt, Occurrence, Snapshot, is_test_file_name, name_at, outline
from resolver.diagnostics import ResolverError, Source
from resolver.lsp.in_thread import in_thread
from resolver.lsp.positions import Lines
from resolver.lsp.server import PolicyServer
from resolver.lsp.workspace_edits import workspace_edit

_At = types.DefinitionParams | types.ReferenceParams | types.DocumentHighlightParams | types.PrepareRenameParams
_KIND = types.SymbolKind
_SYMBOLS = {
    "section": _KIND.Namespace,
    "tier": _KIND.EnumMember,
    "role": _KIND.Class,
    "phase": _KIND.Event,
    "entry": _KIND.Key,
    "fact": _KIND.Variable,
    "ruleset": _KIND.Module,
    "rule": _KIND.Function,
    "test": _KIND.Method,
}


def add_navigation(server: PolicyServer) -> None:
    """Let a server lead to definitions and uses of names, rename them, and outline files."""

    async def find(uri: str, position: types.Position) -> tuple[NameAt, Snapshot] | None:
        if (found := server.place(uri, position)) is None:
            return None
        snapshot, path, _, index = found
        try:
            name = await in_thread(lambda: name_at(snapshot.policy_texts, path, index))
        except ResolverError:  # a text cannot be parsed, or a file has just been removed
            return None
        return (name, snapshot) if name is not None else None

    async def located(params: _At, choose: Callable[[NameAt], Sequence[Occurrence]]) -> list[types.Location]:
        if (found := await find(params.text_document.uri, params.position)) is None:
            return []
        places, snapshot = choose(found[0]), found[1]
        lines = await in_thread(lambda: {path: server.lines(snapshot.text(path)) for path in {p.path for p in places}})
        return [types.Location(server.uri(each.path), lines[each.path].range(*each.used)) for each in places]

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        return await located(params, lambda name: name.definitions)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location]:
        return await located(params, lambda name: name.places if params.context.include_declaration else name.uses)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        here = await located(params, lambda name: [each for each in name.places if each.path == name.place.path])
        return [types.DocumentHighlight(each.range) for each in here]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        name = await find(params.text_document.uri, params.position)
        here = await located(params, lambda name: [name.place])
        return types.PrepareRenamePlaceholder(here[0].range, name[0].place.name) if name and here else None

    @server.feature(types.TEXT_DOCUMENT_RENAME)
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        versions = {path: server.version_of(path) for path in server.files.all()}
        if (found := await find(params.text_document.uri, params.position)) is None:
            return None
        try:
            return await in_thread(partial(_renamed, server, *found, params.new_name, versions))
        except ResolverError as error:
            raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from error

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        path, snapshot = server.snapshot_at(params.text_document.uri)
        if path is None or snapshot is None:
            return []
        source, is_test = Source(path.name, snapshot.text(path).lstrip("\ufeff"), path), is_test_file_name(path.name)
        return await in_thread(lambda: _symbols(server.lines(snapshot.text(path)), outline(source, is_test=is_test)))


def _renamed(
    server: PolicyServer, name: NameAt, snapshot: Snapshot, new: str, versions: dict[Path, int | None]
) -> types.WorkspaceEdit:
    """Return the changes that rename a name; ResolverError if a file is no text, or the name is refused."""
    for file in {*snapshot.source.files(), *snapshot.tests}.difference(name.texts.texts):
        raise ResolverError(f"`{file}` is not UTF-8, and may have the name, too")
    return workspace_edit(server, snapshot, versions, name.renamed(new))


def _symbols(lines: Lines, headings: Iterable[Heading]) -> list[types.DocumentSymbol]:
    return [
        types.DocumentSymbol(
            each.name, _SYMBOLS[each.kind], lines.range(*each.span), lines.range(*each.name_span), each.detail,
            children=_symbols(lines, each.below),
        )
        for each in headings
    ]  # fmt: skip
