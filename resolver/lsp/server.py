"""The state of the language server: the open files, the checks, and what the editor shows."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from resolver.author import Analysis, Snapshot
from resolver.lsp.checker import Checker
from resolver.lsp.open_files import OpenFiles
from resolver.lsp.positions import Lines
from resolver.lsp.published import Published, Publisher


class _Protocol(LanguageServerProtocol):
    """The protocol of pygls, which would never answer a request that it cannot read."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise


class PolicyServer(LanguageServer):
    """A language server for policies.

    Documents are sent whole: pygls takes more characters for line ends than editors do, and would apply changes of a
    part at a wrong place.
    """

    def __init__(self) -> None:
        full, release = types.TextDocumentSyncKind.Full, version("tier-resolver")
        super().__init__("resolver", release, text_document_sync_kind=full, protocol_cls=_Protocol)
        self.files = OpenFiles()
        self.checker = Checker(self.files.snapshot, self._prepare, self._publish)
        self._uris: dict[Path, str] = {}
        self._versions: dict[Path, int | None] = {}
        self._published: dict[Path, set[Path]] = {}

    async def watch_files(self) -> None:
        """Ask the editor to say when files change on the disk, if it can."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.{yaml,yml}")])
        registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        with suppress(JsonRpcException):  # the editor does not watch files then
            await self.client_register_capability_async(types.RegistrationParams([registration]))

    def path(self, uri: str) -> Path | None:
        """Return the path of a file that an editor names, None if it is not a file."""
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        return Path(path) if path is not None else None

    def uri(self, path: Path) -> str:
        """Return the URI of a file: the editor's own if the file is open."""
        return self._uris.get(path) or path.absolute().as_uri()

    def snapshot_at(self, uri: str) -> tuple[Path, Snapshot] | tuple[None, None]:
        """Return the path of an open file, and its policy as it is now; Nones for a file of no policy."""
        path = self.path(uri)
        policy = self.files.policy_of(path) if path is not None else None
        return (path, self.files.snapshot(policy)) if path is not None and policy is not None else (None, None)

    def version_of(self, path: Path) -> int | None:
        """Return the version of an open file, None if the file is not open."""
        return self._versions.get(path)

    def lines(self, text: str) -> Lines:
        """Return the lines of a text in the client's units."""
        return Lines(text, self.workspace.position_encoding or types.PositionEncodingKind.Utf16)

    def place(self, uri: str, position: types.Position) -> tuple[Snapshot, Path, Lines, int] | None:
        """Return the policy of an open document, its path and lines, and an index; None without a policy."""
        path, snapshot = self.snapshot_at(uri)
        if path is None or snapshot is None:
            return None
        lines = self.lines(snapshot.text(path))
        return snapshot, path, lines, lines.index(position)

    def opened(self, uri: str, text: str, number: int | None) -> None:
        """Note the text of a document that was opened or changed, and check its policy."""
        path = self.path(uri)
        if path is None:
            return
        self._uris[path], self._versions[path] = uri, number
        before = self.files.policy_of(path)
        self.files.open(path, text)
        if (policy := self.files.policy_of(path)) != before:
            self._left(before)
        if policy is not None:
            self.checker.changed(policy)

    def closed(self, uri: str) -> None:
        """Note that a document was closed, and check its policy if other files of it are open."""
        path = self.path(uri)
        if path is None:
            return
        policy = self.files.policy_of(path)
        self.files.close(path)
        self._versions.pop(path, None)
        if policy is not None:
            self._send(path, [])
        self._uris.pop(path, None)
        self._left(policy)

    def _left(self, policy: Path | None) -> None:
        """Check a policy of which one file less is open, or forget it if that was the last one."""
        if policy is None:
            return
        if self.files.snapshot(policy).texts:
            self.checker.changed(policy)
        else:
            self.checker.closed(policy)
            shown = self._published.pop(policy, set())
            self._clear({file for file in shown if self.files.policy_of(file) is None})

    def saved(self, uri: str) -> None:
        """Check the policies again that a file on the disk is part of."""
        path = self.path(uri) or Path()
        self.files.changed_on_disk(path.parent)
        for policy in {policy for file in self.files.all() if (policy := self.files.policy_of(file)) is not None}:
            if {path, path.parent} & {policy, policy.parent}:
                self.checker.changed(policy)

    def publisher(self, snapshot: Snapshot) -> Publisher:
        """Return what makes diagnostics of a policy those of the editor."""
        return Publisher(snapshot.texts, self.lines, self.uri)

    def _prepare(self, analysis: Analysis) -> Published:
        return self.publisher(analysis.snapshot).by_file(analysis.diagnostics)

    def _publish(self, analysis: Analysis, found: Published) -> None:
        """Send the diagnostics of all files of a policy to the editor."""
        snapshot = analysis.snapshot
        for file in {**found, **snapshot.texts}:
            self._send(file, found.get(file, []))
        self._clear(self._published.get(snapshot.policy, set()).difference(found, snapshot.texts))
        self._published[snapshot.policy] = set(found)

    def _clear(self, files: set[Path]) -> None:
        for file in files:
            self._send(file, [])

    def _send(self, file: Path, diagnostics: list[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(self.uri(file), diagnostics, self._versions.get(file))
        )
