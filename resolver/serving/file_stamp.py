"""The stamp of a file: what its directory says of it, which is another one whenever its content is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """Identity, times in nanoseconds and size of a file.

    `modified` can be set by anybody, and `changed` by none but the system.
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
        """Return the stamp that `found` shows."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file at `path`, None if there is none."""
    try:
        return Stamp.of(path.stat())
    except OSError:
        return None
