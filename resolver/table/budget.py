"""Limits on work. They count steps, not seconds, so every machine refuses the same policies."""

from __future__ import annotations

from resolver.compiler import TooLargeError


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

        """
        self.left -= units
        if self.left < 0:
            raise TooLargeError
