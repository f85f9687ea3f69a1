"""Limits on work. They count steps, not seconds, so every machine refuses the same policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local

from resolver.compiler import TooLargeError


class _Thread(local):
    """The thread that works; `is_stopped` is None if its work is always wanted."""

    is_stopped: Callable[[], bool] | None = None


_THREAD = _Thread()


class StoppedError(Exception):
    """The work was no longer wanted."""


@contextmanager
def stoppable(is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Let the work of this thread in the block end early. A block around this one can end it, too.

    Args:
        is_stopped: Whether the work is no longer wanted. The next use of a budget raises StoppedError then.
    """
    outer = _THREAD.is_stopped
    _THREAD.is_stopped = is_stopped if outer is None else lambda: outer() or is_stopped()
    try:
        yield
    finally:
        _THREAD.is_stopped = outer


def check_stopped() -> None:
    """Raise StoppedError if the work of this thread was stopped, see `stoppable`."""
    if (is_stopped := _THREAD.is_stopped) is not None and is_stopped():
        raise StoppedError


class Budget:
    """A number of units of work, and how many of them are left.

    >>> budget = Budget(10)
    >>> budget.take(4)
    >>> budget.left
    6
    """

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, units: int) -> None:
        """Spend units of work.

        Args:
            units: The number of units.

        Raises:
            TooLargeError: Fewer units are left.
            StoppedError: The work was stopped, see `stoppable`.

        """
        check_stopped()
        self.left -= units
        if self.left < 0:
            raise TooLargeError
