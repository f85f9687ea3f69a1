"""Replace a file in one step that either happens or does not, whatever happens to the process or the power."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from pathlib import Path

from resolver.diagnostics import ResolverError

_log = logging.getLogger("resolver")
_MOUNTS = Path("/proc/self/mountinfo")

Stamp = tuple[int, int, int]
"""Identity, time of change in nanoseconds and size of a file; other content has another one."""


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file at `path`, None if there is none."""
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size


class Replacement:
    """A new content for the file at `path`, written beside it and safe on the disk, with its owner and mode.

    Making one changes nothing else; `swap` puts it in place, and `discard` removes it. Only one is made at a time for a
    file, under the store's lock: it has always the same name, so that one which a kill left is found. `stamp` is the
    stamp that the file has after the swap.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path.resolve()
        self.new = leftover(path)
        if _is_mounted(self.path):
            raise ResolverError(f"cannot replace `{path}`: it is mounted by itself; mount its directory instead")
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
                self.stamp = _stamp(os.fstat(file.fileno()))
            sync_directory(self.path.parent)
        except OSError as error:
            self.discard()
            raise _cannot(path, error) from error

    def replaces(self, content: bytes) -> bool:
        """Tell whether the file that is to be replaced still has this content."""
        try:
            return self.path.read_bytes() == content
        except OSError:
            return False

    def swap(self) -> None:
        """Put the new content in the place of the old; ResolverError if that cannot be, and nothing has changed."""
        try:
            os.replace(self.new, self.path)
        except OSError as error:
            raise _cannot(self.path, error) from error
        try:
            sync_directory(self.path.parent)
        except OSError as error:  # it has happened, and may be undone by a power cut only
            _log.error("`%s` is written, but may not survive a power cut: %s", self.path, error)

    def discard(self) -> None:
        """Remove what was written; the file stays as it is."""
        discard(self.new)


def discard(new: Path) -> None:
    """Remove a new content that was never put in place, if there is one."""
    try:
        if new.exists():
            new.unlink()
    except OSError as error:
        _log.error("cannot remove `%s`: %s", new, error)


def leftover(path: Path) -> Path:
    """Return where the new content of the file at `path` is written, and lies after a kill."""
    path = path.resolve()
    return path.with_name(f".{path.name}.new")


def sync_directory(path: Path) -> None:
    """Make the names in a directory safe from a power cut, where its file system can do that."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _is_mounted(path: Path) -> bool:
    """Tell whether something is mounted at `path`, such as a file into a container: that name cannot be replaced."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:  # not Linux: `swap` will find out
        return False
    return os.fsencode(path) in (re.sub(rb"\\(\d{3})", _octal, line.split()[4]) for line in lines)


def _octal(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])


def _cannot(path: Path, error: OSError) -> ResolverError:
    return ResolverError(f"cannot replace `{path}`: {error.strerror or error}; nothing was changed")
