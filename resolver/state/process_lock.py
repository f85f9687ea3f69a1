"""A lock on a file, across processes."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.forks import call_in_children

_POLL = 0.002
"""Seconds between two attempts to take a lock. A count holds it for a quarter of a millisecond."""
_HELD: set[int] = set()
"""Descriptors of held locks. The child of a fork closes its copies, which would keep the locks after the parent."""


class BusyError(ResolverError):
    """The lock was not free in time."""


class ProcessLock:
    """An advisory lock on the file at `path`, and with `directory` also on its directory.

    A lock file can be deleted while it is held, and another process would then create and lock a new one. A directory
    cannot be deleted, so locking it too keeps the other process out, if the file system can lock directories.
    """

    def __init__(self, path: Path, *, directory: bool = False) -> None:
        self.path = path
        self._directory = directory
        self._descriptors: list[int] = []

    def acquire(self, seconds: float) -> None:
        """Take the lock; BusyError if it is not free within `seconds`, ResolverError if it cannot be taken at all."""
        end = time.monotonic() + seconds
        try:
            while not (self._lock_file() and (not self._directory or self._lock_directory())):
                self.release()
                if time.monotonic() >= end:
                    raise BusyError(f"another process has held `{self.path}` for {seconds:g} seconds")
                time.sleep(_POLL)
        except OSError as error:
            self.release()
            raise ResolverError(f"cannot lock `{self.path}`: {error.strerror or error}") from error
        except BaseException:  # an interrupt by a person
            self.release()
            raise

    def release(self) -> None:
        """Release the lock; doing so twice does nothing."""
        while self._descriptors:
            descriptor = self._descriptors.pop()
            _HELD.discard(descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # the child of a fork may still have a copy of it
            finally:
                os.close(descriptor)

    def _lock_file(self) -> bool:
        """Lock the file, and return whether it is still the file with this name."""
        if not self._flock(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)):
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptors[-1]), self.path.stat())
        except FileNotFoundError:  # it was deleted between opening and locking it
            return False

    def _lock_directory(self) -> bool:
        try:
            return self._flock(os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        except OSError as error:
            if error.errno in (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES):
                return True  # a network file system may not lock directories
            raise

    def _flock(self, descriptor: int) -> bool:
        self._descriptors.append(descriptor)
        _HELD.add(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _close_in_child() -> None:
    """Close the child's copies, which does not release the parent's locks."""
    for descriptor in _HELD:
        os.close(descriptor)
    _HELD.clear()


call_in_children(_close_in_child)
