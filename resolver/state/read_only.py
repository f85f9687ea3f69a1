"""Read-only looks into a SQLite file of another connection or process, which wait for no writer and leave no file."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from resolver.diagnostics import ResolverError
from resolver.forks import RenewedLock, prepare_for_forks

_SECONDS = 1.0
"""Seconds for which a look waits for a lock, and a fork for a look."""

T = TypeVar("T")


class _Looks:
    """The lock of all looks: during one, no process forks, and no file is opened for writing."""

    def __init__(self) -> None:
        self.lock = RenewedLock()
        self._is_held = False
        prepare_for_forks(self)

    def before_fork(self) -> None:
        """Wait until no file is open."""
        self._is_held = self.lock.acquire(timeout=_SECONDS)

    def after_fork_in_parent(self) -> None:
        """Let threads open files again."""
        if self._is_held:
            self._is_held = False
            self.lock.release()

    def after_fork_in_child(self) -> None:
        """Do nothing: the lock is renewed."""


LOOKS = _Looks()
"""Their lock is taken to open a file for writing, too: the end of a look at a file without a log ends all locks of the
process on that file."""


def look_into(path: Path, look: Callable[[sqlite3.Connection], T], *, seconds: float = _SECONDS) -> T:
    """Return the result of `look` for a read-only connection to the SQLite file at `path`.

    A file that no process has open has no log beside it. It is read as it is, since SQLite would create a log that
    belongs to the user of this process.

    Args:
        path: The path of the file.
        look: Reads from the connection.
        seconds: How long to wait for a lock.

    Raises:
        ResolverError: The file cannot be read.
    """
    try:
        check_regular(path)
    except OSError as error:
        raise ResolverError(f"cannot read `{path}`: {error.strerror}") from error
    mode = "mode=ro" if os.path.exists(f"{path}-wal") else "mode=ro&immutable=1"
    if not LOOKS.lock.acquire(timeout=seconds):
        raise ResolverError(f"cannot read `{path}`: another thread has been opening a file for {seconds:g} s")
    try:
        name = quote(os.fsencode(path.absolute()))
        connection = sqlite3.connect(f"file:{name}?{mode}", uri=True, timeout=seconds)
        try:
            return look(connection)
        finally:
            connection.close()
    except UnicodeDecodeError as error:  # a name in SQLite's own message
        raise ResolverError(f"cannot read `{path}`: it has names that are no UTF-8") from error
    except (sqlite3.Error, OSError) as error:
        raise ResolverError(f"cannot read `{path}`: {error}") from error
    finally:
        LOOKS.lock.release()


def check_regular(path: Path) -> None:
    """Raise OSError unless the SQLite file at `path` and its logs are regular files, or missing.

    Opening a named pipe, for one, would wait for a writer for ever.
    """
    for suffix in ("", "-journal", "-wal", "-shm"):
        try:
            mode = os.stat(f"{path}{suffix}").st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(mode):
            name = f"`{path.name}{suffix}` is not a regular file"
            raise OSError(errno.EINVAL, name)
