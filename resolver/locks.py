"""A lock that does not outlive the threads that could release it."""

from __future__ import annotations

import os
import threading
from typing import Self
from weakref import WeakSet


class RenewedLock:
    """A reentrant lock that is free in the child of a fork, where the thread that may have held it is gone."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _ALL.add(self)

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, and tell whether it was free at once, or within `timeout` seconds (-1: however long)."""
        if timeout == 0:
            blocking, timeout = False, -1
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def _renew(self) -> None:
        self._lock = threading.RLock()


_ALL: WeakSet[RenewedLock] = WeakSet()


def _renew_all() -> None:
    for lock in _ALL:
        lock._renew()


os.register_at_fork(after_in_child=_renew_all)
