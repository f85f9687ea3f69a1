"""Locks and objects that keep working in the child of a fork, although threads and connections stay in the parent."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Protocol, Self
from weakref import WeakSet, ref


class RenewedLock:
    """A reentrant lock that is free in the child of a fork, where the thread that held the lock does not exist."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _LOCKS.add(self)

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, and return True on success.

        Args:
            blocking: Wait for the lock; if false, return False at once if the lock is taken.
            timeout: The longest wait in seconds; -1 is no limit, and 0 does not wait.
        """
        if timeout == 0:
            blocking, timeout = False, -1
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def _renew(self) -> None:
        self._lock = threading.RLock()


class Forked(Protocol):
    """An object that prepares itself for a fork."""

    def before_fork(self) -> None:
        """Wait until the object is consistent, and keep it consistent until the fork."""

    def after_fork_in_parent(self) -> None:
        """Continue as before."""

    def after_fork_in_child(self) -> None:
        """Continue in another process."""


def call_in_children(function: Callable[[], None]) -> None:
    """Call `function` in the child of every fork from now on, before the locks are renewed."""
    _IN_CHILDREN.append(function)


_IN_CHILDREN: list[Callable[[], None]] = []
_LOCKS: WeakSet[RenewedLock] = WeakSet()
_FORKED: list[ref[Forked]] = []
_PREPARED: list[Forked] = []


def prepare_for_forks(forked: Forked) -> None:
    """Call the methods of `forked` around every later fork, for as long as the object exists.

    A fork prepares the last added object first: an object can need its parts until it is prepared, and its parts were
    added before it.
    """
    _FORKED[:] = [reference for reference in _FORKED if reference() is not None]
    _FORKED.append(ref(forked))


def _before() -> None:
    _PREPARED[:] = [forked for reference in reversed(_FORKED) if (forked := reference()) is not None]
    for forked in _PREPARED:
        forked.before_fork()


def _in_parent() -> None:
    for forked in reversed(_PREPARED):
        forked.after_fork_in_parent()
    _PREPARED.clear()


def _in_child() -> None:
    for function in _IN_CHILDREN:
        function()
    for lock in _LOCKS:
        lock._renew()
    for forked in reversed(_PREPARED):
        forked.after_fork_in_child()
    _PREPARED.clear()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
