"""Sources of a policy's files: the disk, texts in memory, or any other object with named files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Protocol

from resolver.diagnostics import Diagnostic, RequestError, ResolverError, legible
from resolver.frozen import frozen
from resolver.loader.files import is_misnamed, misnamed_files, policy_files
from resolver.loader.not_read import not_read
from resolver.yaml_text.documents import LARGEST_FILE, read_bytes


class PolicySource(Protocol):
    """The files of one policy, by the paths that people know them by."""

    @property
    def path(self) -> Path:
        """The path of the policy: a directory, or an application's single file."""

    @property
    def is_directory(self) -> bool:
        """Whether the policy is a directory, whose files hold nothing but sections."""

    def files(self) -> Sequence[Path]:
        """Return the files in the order of their names; ResolverError if there are none."""

    def misnamed(self) -> Sequence[Path]:
        """Return the files that would be part of the policy if their names ended in lower case."""

    def not_read(self) -> Sequence[Diagnostic]:
        """Return warnings about files that look like part of the policy but are not loaded."""

    def content(self, file: Path) -> bytes:
        """Return the first bytes of a file, one more than the largest file has; ResolverError if it cannot be read."""


@frozen
class DiskSource:
    """The policy at `path` on disk."""

    path: Path

    @property
    def is_directory(self) -> bool:
        """Whether the path is a directory."""
        return os.path.isdir(self.path)

    def files(self) -> Sequence[Path]:
        """Return the files of the policy."""
        return policy_files(self.path)

    def misnamed(self) -> Sequence[Path]:
        """Return the files whose suffix is in upper case."""
        return misnamed_files(self.path)

    def not_read(self) -> Sequence[Diagnostic]:
        """Return warnings about files in the directory that look like part of the policy but are not loaded."""
        return not_read(self.path) if self.is_directory else []

    def content(self, file: Path) -> bytes:
        """Return the content of a file."""
        return read_bytes(file)


@frozen
class MemorySource:
    """A policy whose texts are in memory, such as those of a revision, or the unsaved buffers of an editor.

    Args:
        path: The path of the policy, as people know it.
        texts: The content of files of the policy, by path.
        is_directory: Whether the policy is a directory.
        beneath: The source of the files that `texts` does not have. None means that there are no more files.

    Example:
        >>> source = MemorySource(Path("policies"), {Path("policies/a.yaml"): b"facts: {}"}, is_directory=True)
        >>> [str(file) for file in source.files()]
        ['policies/a.yaml']
    """

    path: Path
    texts: Mapping[Path, bytes] = field(repr=False)
    is_directory: bool
    beneath: PolicySource | None = None

    def files(self) -> Sequence[Path]:
        """Return the files of both sources; RequestError if there are none."""
        if not self.is_directory:
            return [self.path]
        try:
            files = set(self.beneath.files()) if self.beneath else set()
        except ResolverError:
            files = set()
        files |= {file for file in self.texts if file.parent == self.path and not is_misnamed(file.name)}
        if not files:
            raise RequestError(f"the policy `{legible(str(self.path))}` has no `*.yaml` file")
        return sorted(files)

    def misnamed(self) -> Sequence[Path]:
        """Return the files of both sources whose suffix is in upper case."""
        files = {file for file in self.texts if is_misnamed(file.name)}
        return sorted(files.union(self.beneath.misnamed() if self.beneath else ()))

    def not_read(self) -> Sequence[Diagnostic]:
        """Return the warnings of the source beneath."""
        return self.beneath.not_read() if self.beneath else []

    def content(self, file: Path) -> bytes:
        """Return the text in memory, else that of the source beneath."""
        if file in self.texts:
            return self.texts[file][: LARGEST_FILE + 1]
        if self.beneath is None:
            raise ResolverError(f"cannot read `{legible(str(file))}`: it is not there")
        return self.beneath.content(file)
