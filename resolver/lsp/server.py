"""The state of the language server: the open files, the checks, and what the editor shows."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from resolver.lsp.analysis import Analysis
from resolver.lsp.checker import Checker
from resolver.lsp.open_files import OpenFiles, Snapshot
from resolver.lsp.positions import Lines
from resolver.lsp.published import by_file


class PolicyServer(LanguageServer):
    """A language server for policies.

    Documents are sent whole: pygls takes more characters for line ends than editors do, and would apply changes of a
    part at a wrong place.
    """

    def __init__(self) -> None:
        super().__init__("resolver", version("tier-resolver"), text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.files = OpenFiles()
        self.checker = Checker(self.files.snapshot, self.publish)
        self._uris: dict[Path, str] = {}
        self._versions: dict[Path, int | None] = {}
        self._published: dict[Path, set[Path]] = {}

    def path(self, uri: str) -> Path | None:
        """Return the path of a file that an editor names, None if it is not a file."""
        path = uris.to_fs_path(uri)
        return Path(path) if path is not None and uri.startswith("file:") else None

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
        self.files.open(path, text)
        if (policy := self.files.policy_of(path)) is not None:
            self.checker.changed(policy)

    def closed(self, uri: str) -> None:
        """Note that a document was closed, and check its policy if other files of it are open."""
        path = self.path(uri)
        if path is None:
            return
        policy = self.files.policy_of(path)
        self.files.close(path)
        self._versions.pop(path, None)
        if policy is None:
            return
        if self.files.snapshot(policy).texts:
            self.checker.changed(policy)
        else:
            self.checker.stop(policy)
            self._clear(self._published.pop(policy, set()))
        self._uris.pop(path, None)

    def saved(self, uri: str) -> None:
        """Check the policies again that a file on the disk is part of."""
        path = self.path(uri) or Path()
        for policy in {policy for file in self.files.all() if (policy := self.files.policy_of(file)) is not None}:
            if {path, path.parent} & {policy, policy.parent}:
                self.checker.changed(policy)

    def publish(self, analysis: Analysis) -> None:
        """Send the diagnostics of all files of a policy to the editor."""
        snapshot = analysis.snapshot
        found = by_file(analysis.diagnostics, lambda file: self.lines(snapshot.text(file)), self.uri)
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
