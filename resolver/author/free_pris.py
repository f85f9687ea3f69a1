"""Numbers that are free for the `pri` of another rule."""

from __future__ import annotations

from collections.abc import Collection

from resolver.schema.names import HIGHEST_PRI

STEP = 10
"""The distance between the numbers of rules, so that others fit between them."""


def free_after(taken: Collection[int], pri: int) -> int | None:
    """Return the lowest number after `pri` that no rule has, None if there is none.

    >>> free_after({10, 11}, 10)
    12
    """
    return next((number for number in range(pri + 1, HIGHEST_PRI + 1) if number not in taken), None)


def free_before(taken: Collection[int], pri: int) -> int | None:
    """Return the highest number before `pri` that no rule has, None if there is none.

    >>> free_before({10, 9}, 10)
    8
    """
    return next((number for number in range(min(pri, HIGHEST_PRI + 1) - 1, -1, -1) if number not in taken), None)
