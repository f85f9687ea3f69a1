"""Reading of a policy file: its text, and its YAML documents."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import Diagnostic, Place, ResolverError, Source, legible
from resolver.yaml_text.nodes import Node
from resolver.yaml_text.parser import EventReader, RefusedError
from resolver.yaml_text.tabs import tab_warnings

LARGEST_FILE = 20 * 2**20
"""The largest size of a file, in bytes."""


def read_source(path: Path) -> Source | Diagnostic:
    """Return the text of the file at `path`, or a diagnostic if the file is too large or is not UTF-8.

    Raises:
        ResolverError: The operating system cannot read the file.
    """
    name = legible(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ResolverError(f"cannot read `{name}`: {error.strerror or error}") from error
    if len(data) > LARGEST_FILE:
        limit = f"the file is larger than {LARGEST_FILE // 2**20} MiB"
        return Diagnostic("too-large", limit, Place(Source(name, ""), 1, 1), "a policy of that size is a mistake")
    try:
        return Source(name, data.decode("utf-8").lstrip("\ufeff"), path)
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace").lstrip("\ufeff"))
        index = len(data[: error.start].decode("utf-8").lstrip("\ufeff"))
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        return Diagnostic("encoding", message, source.place(index, index + 1), "save the file as UTF-8")


def read_documents(source: Source) -> tuple[list[Node], list[Diagnostic]]:
    """Return the YAML documents of `source`, and its diagnostics. A text with an error has no documents.

    >>> documents, diagnostics = read_documents(Source("policy.yaml", "pri: ["))
    >>> documents, [diagnostic.code for diagnostic in diagnostics]
    ([], ['syntax'])
    """
    reader = EventReader(source)
    try:
        documents = reader.documents()
    except RefusedError as refused:
        return [], [refused.diagnostic]
    return documents, tab_warnings(source, reader.literals)
