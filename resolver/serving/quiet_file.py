"""Waiting for a whole file: no program has it open for writing, and it has not changed for a moment.

An editor, `scp` or `git checkout` truncates a file and then writes it in parts. Its content in between is not what its
author means, and must not be written into.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from pathlib import Path
from typing import Self

from resolver.diagnostics import ResolverError
from resolver.serving.file_stamp import Stamp, stamp_of

QUIET_SECONDS = 0.5
"""Seconds for which a file must stay the same before it is written into, if the system can tell who has it open."""
QUIET_SECONDS_BLIND = 2.0
"""The same if the system cannot tell: on other systems than Linux, some file systems, and files of other users."""

SECONDS_OPEN = 3.0
"""Seconds to wait for a file that is open for writing, before it is read."""
_POLL = 0.02

_LEASES = ("F_SETLEASE", "F_GETLEASE", "F_SETSIG")
_CANNOT_TELL = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class NotNowError(ResolverError):
    """The policy file cannot be written into at this moment, but may be writable in the next."""


class OpenForWritingError(NotNowError):
    """Another program has the file open for writing."""


class ReadLease:
    """A read lease of Linux on the file at `path`: it is granted only while no program has the file open for writing.

    While it is held, a program that opens the file for writing waits until the lease is released, and `broken` becomes
    true. `holds` is whether the system could grant a lease. Raises OpenForWritingError if the file is open for writing.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.holds = False
        if not all(hasattr(fcntl, name) for name in _LEASES):
            return
        try:
            # The signal that the kernel sends to the holder; its default would end this process, and SIGURG is ignored.
            fcntl.fcntl(self._descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            self.holds = True
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EBUSY):
                self.release()
                raise OpenForWritingError(f"`{path}` is open for writing in another program") from error
            if error.errno not in _CANNOT_TELL:
                self.release()
                raise

    @property
    def broken(self) -> bool:
        """Whether a program has opened the file for writing since, and waits."""
        return self.holds and fcntl.fcntl(self._descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK

    @property
    def inode(self) -> int:
        """The inode of the file that the lease is on."""
        return os.fstat(self._descriptor).st_ino

    def release(self) -> None:
        """Release the lease; doing so twice does nothing."""
        if self._descriptor >= 0:
            if self.holds:  # a child that was forked meanwhile has a copy of the descriptor, and would keep the lease
                fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


class Quiet:
    """Measures how long a file has stayed the same."""

    def __init__(self) -> None:
        self._stamp: Stamp | None = None
        self._since = 0.0

    def seconds_left(self, path: Path) -> float:
        """Return for how many more seconds the file at `path` must stay the same, 0 if it has long enough.

        Raises OpenForWritingError if a program has it open for writing, and NotNowError if it does not exist.
        """
        stamp, now = stamp_of(path), time.monotonic()
        if stamp is None:
            raise NotNowError(f"`{path}` is not there")
        try:
            with ReadLease(path) as lease:
                needed = QUIET_SECONDS if lease.holds else QUIET_SECONDS_BLIND
        except FileNotFoundError as error:
            raise NotNowError(f"`{path}` is not there") from error
        except OSError as error:
            raise ResolverError(f"cannot read `{path}`: {error.strerror or error}") from error
        if stamp != self._stamp:
            self._stamp, self._since = stamp, now
        # The clock shows that an old file is quiet at once; watching shows it of a file with a time in the future.
        age = time.time() - max(stamp.modified, stamp.changed) / 1e9
        return max(0.0, needed - max(age, now - self._since))


def is_open_for_writing(path: Path) -> bool:
    """Return whether a program has the file at `path` open for writing, as far as the system can tell."""
    try:
        ReadLease(path).release()
    except OpenForWritingError:
        return True
    except OSError:
        return False
    return False


def wait_until_closed(path: Path) -> None:
    """Wait while a program has the file at `path` open for writing, but not for long: it may never close it."""
    end = time.monotonic() + SECONDS_OPEN
    while is_open_for_writing(path) and time.monotonic() < end:
        time.sleep(_POLL)
