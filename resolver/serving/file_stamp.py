"""The stamp of a file: its metadata, which change whenever its content does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """Identity, times in nanoseconds, and size of a file.

    Any program can set `modified`; only the system sets `changed`.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    def __str__(self) -> str:
        return " ".join(map(repr, self))

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """Return the stamp in a file's status."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file at `path`, None if the file does not exist."""
    try:
        return Stamp.of(path.stat())
    except OSError:
        return None
