"""An editor for tests: a real client that starts `resolver lsp`, and waits for what it shows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SECONDS = 30.0
"""Seconds after which an answer that does not come is a failure, on a slow machine, too."""


class Editor:
    """Files that are open in an editor, and the diagnostics that it shows."""

    def __init__(self) -> None:
        self.client = LanguageClient("tests", "1")
        self.shown: dict[Path, types.PublishDiagnosticsParams] = {}
        self.history: list[types.PublishDiagnosticsParams] = []
        self.versions: dict[Path, int] = {}
        self.registered: list[str] = []
        self.news = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def show(params: types.PublishDiagnosticsParams) -> None:
            self.shown[path_of(params.uri)] = params
            self.history.append(params)
            self.news.set()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def register(params: types.RegistrationParams) -> None:
            self.registered += [each.method for each in params.registrations]
            self.news.set()

    async def start(
        self,
        folder: Path,
        encodings: list[types.PositionEncodingKind | str] | None = None,
        *,
        with_versions: bool = True,
    ) -> types.InitializeResult:
        """Start the server for a folder; `with_versions`: changes name the versions of the documents."""
        await self.client.start_io(sys.executable, "-m", "resolver", "lsp")
        general = types.GeneralClientCapabilities(position_encodings=encodings)
        edits = types.WorkspaceEditClientCapabilities(document_changes=with_versions)
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        workspace = types.WorkspaceClientCapabilities(workspace_edit=edits, did_change_watched_files=watching)
        capabilities = types.ClientCapabilities(general=general, workspace=workspace)
        params = types.InitializeParams(capabilities, root_uri=folder.as_uri())
        result = await asyncio.wait_for(self.client.initialize_async(params), SECONDS)
        self.client.initialized(types.InitializedParams())
        return result

    def kill(self) -> None:
        """Kill the server."""
        process = self.client._server
        assert process is not None
        process.kill()

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a file, with an unsaved text if one is given."""
        self.versions[path] = 1
        item = types.TextDocumentItem(path.as_uri(), "yaml", 1, path.read_text() if text is None else text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, path: Path, text: str) -> None:
        """Replace the text of an open file."""
        self.versions[path] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[path], path.as_uri())
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, path: Path) -> None:
        """Close a file without saving it."""
        del self.versions[path]
        document = types.TextDocumentIdentifier(path.as_uri())
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def diagnostics(self, path: Path) -> list[types.Diagnostic]:
        """Return the diagnostics of the newest text of a file, which a long proof may add to later."""
        await self.until(lambda: path in self.shown and self.shown[path].version == self.versions.get(path))
        return list(self.shown[path].diagnostics)

    async def until(self, holds: Any) -> None:
        """Wait until something holds for what the editor shows."""

        async def wait() -> None:
            while not holds():
                self.news.clear()
                await self.news.wait()

        try:
            await asyncio.wait_for(wait(), SECONDS)
        except TimeoutError as error:
            raise AssertionError(f"it does not come true; last shown: {self.history[-3:]}") from error


@asynccontextmanager
async def editor(
    folder: Path, encodings: list[types.PositionEncodingKind | str] | None = None, *, with_versions: bool = True
) -> AsyncIterator[Editor]:
    """Start the server for a folder, and end it afterwards."""
    opened = Editor()
    await opened.start(folder, encodings, with_versions=with_versions)
    try:
        yield opened
    finally:
        await asyncio.wait_for(opened.client.shutdown_async(None), SECONDS)
        opened.client.exit(None)
        await opened.client.stop()  # type: ignore[no-untyped-call]


def path_of(uri: str) -> Path:
    """Return the path of a file's URI."""
    from pygls import uris  # noqa: PLC0415

    path = uris.to_fs_path(uri)
    assert path is not None
    return Path(path)
