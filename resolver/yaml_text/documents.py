"""Reads a file into text, and text into YAML documents."""

from __future__ import annotations

from pathlib import Path

from resolver.diagnostics import Diagnostic, Place, ResolverError, Source, legible
from resolver.yaml_text.directive_comments import directives
from resolver.yaml_text.nodes import Node
from resolver.yaml_text.parser import EventReader, RefusedError
from resolver.yaml_text.tabs import tab_warnings

LARGEST_FILE = 20 * 2**20
"""The largest size of a file, in bytes."""


def read_source(path: Path) -> Source | Diagnostic:
    """Return the text of the file at `path`, or a diagnostic that says why it is not text.

    Raises:
        ResolverError: The file cannot be read.
    """
    return source_of(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`, at most one byte more than the largest file has.

    Raises:
        ResolverError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ResolverError(f"cannot read `{legible(str(path))}`: {error.strerror or error}") from error


def source_of(path: Path, data: bytes) -> Source | Diagnostic:
    """Return the text of a file with the content `data`, or a diagnostic that says why it is not text."""
    name = legible(str(path))
    if len(data) > LARGEST_FILE:
        limit = f"the file is larger than {LARGEST_FILE // 2**20} MiB"
        return Diagnostic("too-large", limit, Place(Source(name, ""), 1, 1), "a policy of that size is a mistake")
    try:
        return Source(name, data.decode("utf-8").lstrip("\ufeff"), path)
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace").lstrip("\ufeff"))
        start = len(data[: error.start].decode("utf-8").lstrip("\ufeff"))
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        return Diagnostic("encoding", message, source.place(start, start + 1), "save the file as UTF-8")


def encoded(text: str) -> bytes:
    """Return the bytes of a text; half of a surrogate pair is not UTF-8, and is reported as that."""
    return text.encode("utf-8", "surrogatepass")


def read_documents(source: Source) -> tuple[list[Node], list[Diagnostic]]:
    """Return the documents of `source` and its diagnostics; if one is an error, there are no documents."""
    reader = EventReader(source)
    try:
        documents = reader.documents()
    except RefusedError as refused:
        return [], [refused.diagnostic]
    source.directives[:] = directives(source.text, reader.literals)
    return documents, tab_warnings(source, reader.literals)
