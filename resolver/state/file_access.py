"""Access to the files of a file store: the policy file, and the lock and the database beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.state.beside import Beside
from resolver.state.read_only import look_into
from resolver.state.replaceable import why_not_replaceable


def why_not_writable(path: Path) -> Iterator[str]:
    """Yield the reasons why this process cannot write what was learned into the policy file at `path` or beside it.

    The files are only looked at, not opened. A file whose reason is yielded ends the list of its own reasons.
    """
    if not os.access(path, os.R_OK):
        yield f"`{path}` cannot be read"
    elif why := why_not_replaceable(path):
        yield f"`{path}` cannot be replaced: {why}"
    beside = Beside.of(path)
    for file in (beside.lock, beside.database, *(Path(f"{beside.database}{end}") for end in ("-wal", "-shm"))):
        if file.exists() and not os.access(file, os.R_OK | os.W_OK):
            yield f"`{file}` cannot be read and written"


def why_not_readable(path: Path) -> str | None:
    """Return why the database beside the policy file at `path` cannot be read; None if it can, or does not exist."""
    database = Beside.of(path).database
    try:
        if database.exists():
            look_into(database, lambda connection: connection.execute("SELECT count(*) FROM sqlite_master").fetchone())
    except (ResolverError, OSError) as error:
        return str(error)
    return None
