"""The text of the file that holds `escalation_state`, and the entries in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from resolver.diagnostics import Diagnostic, ResolverError
from resolver.domain import Subject
from resolver.frozen import frozen
from resolver.serving.entry_errors import entry_errors
from resolver.serving.file_stamp import Stamp, stamp_of
from resolver.yaml_text.documents import LARGEST_FILE, read_source
from resolver.yaml_text.edit import with_entry, without_entry
from resolver.yaml_text.entry_path import follow, way_to_entries
from resolver.yaml_text.nodes import Mapping as MappingNode
from resolver.yaml_text.nodes import Scalar, is_null, resolved
from resolver.yaml_text.outline import Entries, Outline
from resolver.yaml_text.verify import not_written, verified

_MARK = b"\xef\xbb\xbf"
_LONGEST_MARK = 64 * len(_MARK)
"""Bytes at the head of a file in which byte order marks are expected; the loader skips any number of them."""


@frozen
class PolicyText:
    """A file as it was read: its stamp (None if it was saved meanwhile), its bytes, and its entries."""

    path: Path
    stamp: Stamp | None
    content: bytes = field(repr=False)
    outline: Outline = field(repr=False)
    entries: Mapping[Subject, str] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> PolicyText:
        """Read the file at `path`; ResolverError if it is not valid YAML now."""
        stamp = stamp_of(path)
        source = read_source(path)
        if isinstance(source, Diagnostic):
            raise ResolverError(f"`{path}` cannot be read: {source.message}")
        with path.open("rb") as file:
            head = file.read(_LONGEST_MARK)
        marks = next(count for count in range(_LONGEST_MARK) if not head.startswith(_MARK, count * len(_MARK)))
        content = _MARK * marks + source.text.encode()
        outline = Outline(source)
        if stamp_of(path) != stamp:  # it was saved while it was read: this may be neither the old nor the new content
            stamp = None
        return cls(path, stamp, content, outline, _entries(outline))

    @property
    def text(self) -> str:
        """The text, without a byte order mark."""
        return self.outline.source.text

    @property
    def is_empty(self) -> bool:
        """Whether the file is empty, as it is for a moment while a program saves it."""
        return all(is_null(document) for document in self.outline.documents())

    def with_entry(self, subject: Subject, tier: str | None, *, whole: bool = False) -> PolicyText:
        """Return the file with the entry of `subject` set to `tier` (None: removed) and no other byte changed.

        `whole` says that the file belongs to a policy directory. The new text has been read again and verified.

        Raises:
            ResolverError: The entry cannot be written so that nothing else changes.
        """
        source, documents, key = self.outline.source, self.outline.documents(), str(subject)
        way = way_to_entries(documents)
        if tier is None:
            splices = without_entry(source, documents, way, key)
        else:
            splices = with_entry(source, documents, way, key, tier)
        mark = self.content[: len(self.content) - len(source.text.encode())]
        outline = verified(self.outline, splices, way, key, tier)
        errors = entry_errors(outline, way, key, whole=whole)
        if errors and (more := errors - entry_errors(self.outline, way, key, whole=whole)):
            raise not_written(source, f"the policy would not load: {min(more)}")
        content = mark + outline.source.text.encode()
        if len(content) > LARGEST_FILE:
            raise ResolverError(f"`{self.path}` was not changed: it would be larger than {LARGEST_FILE // 2**20} MiB")
        entries = dict(self.entries)
        if tier is None:
            entries.pop(subject, None)
        else:
            entries[subject] = tier
        return PolicyText(self.path, None, content, outline, entries)


def _entries(outline: Outline) -> dict[Subject, str]:
    """Return the entries of `escalation_state` that the loader accepts."""
    documents = outline.documents()
    way = way_to_entries(documents)
    section = follow(documents[way.document], way.names) if documents else None
    section = resolved(section) if section is not None else None
    if not isinstance(section, MappingNode) or not isinstance(section.entries, Entries):
        return {}
    entries = {}
    values = outline.values
    for at_key, at_value in section.entries.pairs:
        key, tier = values[at_key], values[at_value]
        if not isinstance(key, str):
            node = resolved(outline.node(at_key))
            key = node.text if isinstance(node, Scalar) else ""
        if not isinstance(tier, str):
            node = resolved(outline.node(at_value))
            tier = node.value if isinstance(node, Scalar) else None
        subject = Subject.parse(key)
        if subject is not None and isinstance(tier, str):
            entries[subject] = tier
    return entries
