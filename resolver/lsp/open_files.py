"""The files that an editor has open, laid over those on disk, and the policies that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from resolver.author import PolicyTexts, files_of_tests, is_test_file_name, policy_of
from resolver.diagnostics import ResolverError, Source
from resolver.frozen import frozen
from resolver.loader import DiskSource, MemorySource
from resolver.yaml_text.documents import read_bytes, source_of


@frozen
class Snapshot:
    """A policy and its tests at one moment: the texts in the editor, and for the other files the disk.

    Args:
        policy: The path of the policy: a directory, or an application's single file.
        texts: The texts in the editor, by path.
    """

    policy: Path
    texts: Mapping[Path, str] = field(repr=False)

    @property
    def source(self) -> MemorySource:
        """The files of the policy itself."""
        disk = DiskSource(self.policy)
        texts = {file: _encoded(text) for file, text in self.texts.items() if file not in self.tests}
        is_directory = disk.is_directory or self.policy not in self.texts
        return MemorySource(self.policy, texts, is_directory=is_directory, beneath=disk)

    @property
    def tests(self) -> list[Path]:
        """The files of tests, in order."""
        open_tests = {file for file in self.texts if is_test_file_name(file.name)}
        try:
            return sorted(open_tests.union(files_of_tests(self.policy)))
        except ResolverError:
            return sorted(open_tests)

    def content(self, file: Path) -> bytes:
        """Return the content of a file; ResolverError if it cannot be read."""
        return _encoded(self.texts[file]) if file in self.texts else read_bytes(file)

    def text(self, file: Path) -> str:
        """Return the text of a file as an editor has it, or would have it."""
        if file in self.texts:
            return self.texts[file]
        try:
            return read_bytes(file).decode("utf-8", "replace")
        except ResolverError:
            return ""

    @property
    def policy_texts(self) -> PolicyTexts:
        """The texts of the policy and of its tests, without files that are no text."""
        sources = {file: source_of(file, self.content(file)) for file in [*self.source.files(), *self.tests]}
        texts = {file: source.text for file, source in sources.items() if isinstance(source, Source)}
        return PolicyTexts(self.policy, texts)


class OpenFiles:
    """The texts in an editor."""

    def __init__(self) -> None:
        self._texts: dict[Path, str] = {}
        self._policies: dict[Path, Path | None] = {}

    def open(self, file: Path, text: str) -> None:
        """Note the text of a file that was opened or changed."""
        self._texts[file] = text
        if self._policies.get(file) is None:
            self._policies[file] = policy_of(file, text)

    def close(self, file: Path) -> None:
        """Note that a file was closed: what the disk has counts from now on."""
        self._texts.pop(file, None)
        self._policies.pop(file, None)

    def all(self) -> list[Path]:
        """Return the files that are open."""
        return [*self._texts]

    def policy_of(self, file: Path) -> Path | None:
        """Return the policy that an open file belongs to, None if it belongs to none."""
        return self._policies.get(file)

    def snapshot(self, policy: Path) -> Snapshot:
        """Return the policy as it is now."""
        return Snapshot(policy, {file: text for file, text in self._texts.items() if self._policies[file] == policy})


def _encoded(text: str) -> bytes:
    """Return the bytes of a text; half of a surrogate pair is not UTF-8, and is reported as that."""
    return text.encode("utf-8", "surrogatepass")
