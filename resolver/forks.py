"""Locks and objects that keep working in the child of a fork, although threads and connections stay in the parent."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from itertools import count
from typing import Protocol, Self
from weakref import WeakSet, WeakValueDictionary


class RenewedLock:
    """A reentrant lock that is free in the child of a fork, where the thread that held the lock does not exist."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _LOCKS.add(self)

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, and return True on success.

        Args:
            blocking: Wait for the lock; if false, return False at once if the lock is taken.
            timeout: The longest wait in seconds; -1 means no limit, and 0 does not wait.
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


def prepare_for_forks(forked: Forked) -> None:
    """Call the methods of `forked` around every fork from now on, for as long as it exists.

    The object that was added last is prepared first: it may need the objects that it is made of until then.
    """
    _FORKED[next(_NUMBERS)] = forked


_IN_CHILDREN: list[Callable[[], None]] = []
_LOCKS: WeakSet[RenewedLock] = WeakSet()
_NUMBERS = count()
_FORKED: WeakValueDictionary[int, Forked] = WeakValueDictionary()
_PREPARED: list[Forked] = []
_forking = RenewedLock()
"""Held from before a fork until after it: two threads that fork at once would prepare the same objects twice."""


def _before() -> None:
    _forking.acquire()
    # `valuerefs` copies in one step, in the order of adding; other threads may add objects meanwhile.
    _PREPARED[:] = [forked for each in reversed(_FORKED.valuerefs()) if (forked := each()) is not None]
    for forked in _PREPARED:
        forked.before_fork()


def _in_parent() -> None:
    try:
        for forked in reversed(_PREPARED):
            forked.after_fork_in_parent()
        _PREPARED.clear()
    finally:
        _forking.release()


def _in_child() -> None:
    for function in _IN_CHILDREN:
        function()
    for lock in _LOCKS:
        lock._renew()
    for forked in reversed(_PREPARED):
        forked.after_fork_in_child()
    _PREPARED.clear()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
