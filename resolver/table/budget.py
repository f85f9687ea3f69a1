"""Limits on work, counted in steps and not in seconds, so that the same policy is refused on every machine."""

from __future__ import annotations

from resolver.compiler import TooLargeError


class Budget:
    """Units of work that are left."""

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, units: int) -> None:
        """Take some units. Raises TooLargeError where there are not as many left."""
        self.left -= units
        if self.left < 0:
            raise TooLargeError
