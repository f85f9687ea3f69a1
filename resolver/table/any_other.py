"""A stand-in for every role, triad or phase that a policy does not list."""

from __future__ import annotations

from typing import Final


class AnyOther:
    """The key for all names that a policy does not list. It equals no name."""


ANY_OTHER: Final = AnyOther()
