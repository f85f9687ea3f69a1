"""A policy at one moment: the texts that an editor has open, laid over the files on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from resolver.author.policy_tests.case_paths import files_of_tests, is_test_file_name
from resolver.author.rename.policy_names import PolicyTexts
from resolver.diagnostics import ResolverError, Source
from resolver.frozen import frozen
from resolver.loader import DiskSource, MemorySource
from resolver.yaml_text.documents import encoded, read_bytes, source_of


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
        disk, tests = DiskSource(self.policy), {*self.tests}
        texts = {file: encoded(text) for file, text in self.texts.items() if file not in tests}
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
        return encoded(self.texts[file]) if file in self.texts else read_bytes(file)

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
        """The texts of the policy and of its tests; files that are not UTF-8 are left out."""
        sources = {file: source_of(file, self.content(file)) for file in [*self.source.files(), *self.tests]}
        texts = {file: source.text for file, source in sources.items() if isinstance(source, Source)}
        return PolicyTexts(self.policy, texts)
