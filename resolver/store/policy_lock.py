"""The lock that one policy has across processes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resolver.diagnostics import ResolverError

if TYPE_CHECKING:
    from filelock import FileLock

_POLL = 0.002
"""Seconds between two looks at a lock that is held: a count takes a quarter of a millisecond, so it is free soon."""


class BusyError(ResolverError):
    """The lock was not free in time."""


def acquired(path: Path, seconds: float) -> FileLock:
    """Return the lock at `path`, taken; BusyError if it is not free within `seconds`, ResolverError if it cannot be."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  it imports asyncio, and deciding needs no lock

    if not path.parent.is_dir():  # filelock would make it
        raise ResolverError(f"cannot lock `{path}`: there is no such directory")
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=seconds, poll_interval=_POLL)
    except Timeout as error:
        raise BusyError(f"another process has held `{path}` for {seconds:g} seconds") from error
    except OSError as error:
        raise ResolverError(f"cannot lock `{path}`: {error.strerror or error}") from error
    return lock
