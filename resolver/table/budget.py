"""Limits on work. They count steps, not seconds, so every machine refuses the same policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from resolver.compiler import TooLargeError

_IS_STOPPED: ContextVar[Callable[[], bool] | None] = ContextVar("is_stopped", default=None)


class StoppedError(Exception):
    """The work was no longer wanted."""


@contextmanager
def stoppable(is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Let the work in the block end early.

    Args:
        is_stopped: Whether the work is no longer wanted. The next use of a budget raises StoppedError then.
    """
    token = _IS_STOPPED.set(is_stopped)
    try:
        yield
    finally:
        _IS_STOPPED.reset(token)


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
        if (is_stopped := _IS_STOPPED.get()) is not None and is_stopped():
            raise StoppedError
        self.left -= units
        if self.left < 0:
            raise TooLargeError
