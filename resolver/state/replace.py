"""Replace a file in one step that either happens or does not, even if the process is killed or the power fails.

The new file and the old file exchange their names. The old file is still there after the exchange, and shows whether a
person saved it in the same moment. If so, the names are exchanged back.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import logging
import os
import shutil
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from resolver.diagnostics import ResolverError
from resolver.serving.file_stamp import Stamp
from resolver.serving.quiet_file import NotNowError, OpenForWritingError, ReadLease
from resolver.state.beside import Beside
from resolver.state.replaceable import harm_of_replacing, why_not_replaceable

_log = logging.getLogger("resolver")
_HERE = -100
"""`AT_FDCWD`: paths are relative to the working directory."""
_EXCHANGE = 2
"""`RENAME_EXCHANGE` of Linux."""


class NotDurableError(ResolverError):
    """The file was replaced, but a power cut may undo that."""


class Replacement:
    """A new content for the file at `path`, written beside it and synced to disk, with the owner and mode of the file.

    Making a replacement changes nothing else. `swap` puts it in place, `discard` removes it. It always has the same
    name, so that the store, which makes one at a time under its lock, finds a replacement that a killed process has
    left.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        beside = Beside.of(path)
        self.path, self.new = beside.path, beside.new
        if why := harm_of_replacing(self.path):
            raise ResolverError(f"cannot replace `{path}`: {why}; nothing was changed")
        try:
            self.new.unlink(missing_ok=True)
            handle = os.open(self.new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _cannot(path, error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                old = self.path.stat()
                file.write(content)
                file.flush()
                shutil.copystat(self.path, self.new)
                made = os.fstat(file.fileno())
                if (old.st_uid, old.st_gid) != (made.st_uid, made.st_gid):
                    os.chown(self.new, old.st_uid, old.st_gid)
                    self.new.chmod(old.st_mode & 0o7777)
                os.utime(self.new)
                os.fsync(file.fileno())
                self._made = Stamp.of(os.fstat(file.fileno()))
            sync_directory(self.path.parent)
        except FileNotFoundError as error:
            self.discard()
            raise NotNowError(
                f"cannot replace `{path}`: it is gone, or just being saved by renaming; nothing was changed"
            ) from error
        except OSError as error:
            self.discard()
            why = why_not_replaceable(path) if isinstance(error, PermissionError) else None
            raise (
                ResolverError(f"cannot replace `{path}`: {why}; nothing was changed") if why else _cannot(path, error)
            ) from error

    @property
    def inode(self) -> int:
        """The inode of the new file, by which a later process recognizes it."""
        return self._made.inode

    def swap(self, old: bytes) -> Stamp | None:
        """Put the new content in place of the file, whose content must be `old`, and return the stamp of the file then.

        The stamp is None if another program has changed the file already.

        Raises:
            NotNowError: Another program saves the file at this moment. Nothing has changed.
            ResolverError: The file cannot be replaced. Nothing has changed.
        """
        try:
            with ReadLease(self.path) as lease:
                self._expect(self.path, old, lease)
                if not exchange(self.new, self.path):
                    self.new.replace(self.path)  # some microseconds pass between the check and this
                    try:
                        sync_directory(self.path.parent)
                    except OSError as error:
                        raise NotDurableError(
                            f"`{self.path}` is written, but may not survive a power cut: {error}"
                        ) from error
                    return self._stamp()
                try:
                    sync_directory(self.path.parent)
                    self._expect(self.new, old, lease)
                except (OSError, NotNowError):
                    put_back(self.new, self.path, self.inode)
                    raise
                stamp = self._stamp()
                discard(self.new)
                return stamp
        except FileNotFoundError as error:
            raise NotNowError(f"`{self.path}` is just being saved by renaming") from error
        except OSError as error:
            raise _cannot(self.path, error) from error

    def _expect(self, path: Path, content: bytes, lease: ReadLease) -> None:
        """Raise NotNowError unless the file at `path` is the file of the lease, and its content is `content`."""
        if lease.broken:
            raise OpenForWritingError(f"`{self.path}` was opened for writing just now")
        if path.stat().st_ino != lease.inode or path.read_bytes() != content or lease.broken:
            raise NotNowError(f"`{self.path}` was saved just now")

    def _stamp(self) -> Stamp | None:
        """Return the stamp of the file in its place; only the time of its renaming may be new."""
        try:
            stamp = Stamp.of(self.path.stat())
        except OSError:
            return None
        return stamp if stamp[:4] == self._made[:4] else None

    def discard(self) -> None:
        """Remove the new content; the file stays as it is."""
        discard(self.new)


def settle_exchange(path: Path, inode: int | None, digest: str | None) -> bool:
    """Finish the swap of a process that was killed, for the file at `path`; return whether it has happened.

    `inode` is that of the new file, `digest` that of the old content. If a person has saved the file meanwhile, the
    names are exchanged back. The caller removes the file that is left beside the policy file only after recording the
    result: until then, that file shows what has happened.
    """
    beside = Beside.of(path)
    try:
        left = beside.new.stat()
    except OSError:
        return True  # it was put in place, and the old content was checked
    if inode is None or left.st_ino == inode:
        return False
    try:
        with ReadLease(beside.new):
            happened = digest_of(beside.new.read_bytes()) == digest
    except OpenForWritingError:
        happened = False
    if not happened:
        put_back(beside.new, beside.path, inode)
    return happened


def put_back(new: Path, path: Path, inode: int) -> None:
    """Exchange the names back, so that the content that a person saved is in place; `inode` is that of our new file."""
    try:
        exchange(new, path)
        if new.stat().st_ino != inode:  # saved once more, by renaming: that content is the latest
            exchange(new, path)
    except FileNotFoundError:  # the file was removed meanwhile
        new.replace(path)
    sync_directory(path.parent)


def digest_of(content: bytes) -> str:
    """Return a SHA-256 digest of a content."""
    return hashlib.sha256(content).hexdigest()


def discard(new: Path) -> None:
    """Remove a new content that was never put in place, if it exists."""
    try:
        new.unlink(missing_ok=True)
    except OSError as error:
        _log.error("cannot remove `%s`: %s", new, error)


def exchange(first: Path, second: Path) -> bool:
    """Exchange the names of two files in one step; return False, with nothing changed, if the system cannot do that."""
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code))


@lru_cache(maxsize=1)
def _renameat2() -> Any:
    """Return the C library's `renameat2`, for which Python has no function; None if the library has none."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut, if its file system can do that."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _cannot(path: Path, error: OSError) -> ResolverError:
    return ResolverError(f"cannot replace `{path}`: {error.strerror or error}; nothing was changed")
