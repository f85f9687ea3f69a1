"""The language server: receives what an author types, and answers what the editor asks."""

from __future__ import annotations

import logging
import sys

from lsprotocol import types

from resolver.lsp.code_actions import add_fixes
from resolver.lsp.explaining import add_completion_and_hover
from resolver.lsp.navigation import add_navigation
from resolver.lsp.server import PolicyServer


def make_server() -> PolicyServer:
    """Return a server with all its features."""
    server = PolicyServer()

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await server.watch_files()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.opened(document.uri, document.text, document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.workspace.get_text_document(params.text_document.uri)
        server.opened(document.uri, document.source, params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.saved(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed_on_disk(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            server.saved(change.uri)

    @server.feature(types.SHUTDOWN)
    def stopped(*_: object) -> None:
        server.checker.close()

    add_completion_and_hover(server)
    add_navigation(server)
    add_fixes(server)
    return server


def serve() -> None:
    """Serve over standard input and output until the client ends; exit with 1 if it did not shut the server down."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = make_server()
    try:
        server.start_io()
    finally:  # the client may have died
        was_open = server.checker.close()
    sys.exit(was_open)
