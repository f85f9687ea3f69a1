"""Reads the files of a policy and of its tests, to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from resolver.author.policy_tests.case_paths import files_of_tests
from resolver.author.rename.policy_names import PolicyTexts
from resolver.author.rename.rename_edits import Edits
from resolver.diagnostics import Diagnostic, InputError
from resolver.loader import policy_files
from resolver.yaml_text.documents import read_bytes, source_of
from resolver.yaml_text.splices import spliced


class PolicyFiles:
    """The files of the policy at `path` and of its tests: their bytes, and their texts.

    Raises:
        InputError: A file is not text.
        ResolverError: A file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.contents = {file: read_bytes(file) for file in [*policy_files(path), *files_of_tests(path)]}
        sources = {file: source_of(file, content) for file, content in self.contents.items()}
        if problems := [source for source in sources.values() if isinstance(source, Diagnostic)]:
            raise InputError(problems)
        texts = {file: source.text for file, source in sources.items() if not isinstance(source, Diagnostic)}
        self.texts = PolicyTexts(path, texts)

    def changed(self, edits: Edits) -> Mapping[Path, tuple[bytes, bytes]]:
        """Return the bytes of each file that changes, before and after; byte order marks stay."""
        changed = {}
        for file, splices in edits.items():
            old, text = self.contents[file], self.texts.texts[file]
            mark = old[: len(old) - len(text.encode())]
            changed[file] = (old, mark + spliced(text, splices).encode())
        return changed
