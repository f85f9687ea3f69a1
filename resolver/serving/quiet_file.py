"""Whether a file is whole: nobody has it open for writing, and nobody has written it for a moment.

An editor, `scp` or `git checkout` empties a file and then writes it in parts. What it says in between is not what its
author wants to say, and must not be written into.
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
"""How long a file must have been the same before it is written into, where the system tells who has it open."""
QUIET_SECONDS_BLIND = 2.0
"""The same where the system does not tell: on other systems than Linux, on some file systems, for others' files."""

SECONDS_OPEN = 3.0
"""How long to wait for a file that is open for writing, before it is read."""
_POLL = 0.02

_LEASES = ("F_SETLEASE", "F_GETLEASE", "F_SETSIG")
_CANNOT_TELL = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class NotNowError(ResolverError):
    """The policy file cannot be written into at this moment; it may be in another."""


class OpenForWritingError(NotNowError):
    """Some program has the file open for writing."""


class ReadLease:
    """A lease of Linux on the file at `path`, which is granted only while nobody has it open for writing.

    While it is held, whoever opens the file for writing waits until it is given back, and `broken` tells of it.
    `holds` says whether the system could grant one. OpenForWritingError if the file is open for writing.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.holds = False
        if not all(hasattr(fcntl, name) for name in _LEASES):
            return
        try:
            # The signal that tells the holder; by default one that would end this process, and this one is ignored.
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
        """Whether somebody has opened the file for writing since, and waits."""
        return self.holds and fcntl.fcntl(self._descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK

    @property
    def inode(self) -> int:
        """The inode of the file on which the lease is."""
        return os.fstat(self._descriptor).st_ino

    def release(self) -> None:
        """Give the lease back; doing so twice does nothing."""
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
    """Tells how long the file at `path` must still be left alone."""

    def __init__(self) -> None:
        self._stamp: Stamp | None = None
        self._since = 0.0

    def seconds_left(self, path: Path) -> float:
        """Return for how many seconds the file must still stay the same, 0 if it has for long enough.

        OpenForWritingError if it is open for writing, and NotNowError if there is none.
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
        # By the clock a file that was saved a while ago is quiet at first sight; by watching it, a file of the future.
        age = time.time() - max(stamp.modified, stamp.changed) / 1e9
        return max(0.0, needed - max(age, now - self._since))


def is_open_for_writing(path: Path) -> bool:
    """Tell whether the file at `path` is open for writing, as far as the system tells."""
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
