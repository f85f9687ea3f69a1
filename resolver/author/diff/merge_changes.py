"""Merges many single changes into the few that a person reads: changes that are alike are one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Content = TypeVar("Content", bound=Hashable)
Axis = tuple[object, ...]
Single = tuple[tuple[Axis, ...], Content]
"""Values on each axis, and the change of all their combinations."""


def merged(changes: Iterable[Single[Content]], axes: Sequence[int]) -> list[Single[Content]]:
    """Merge changes that differ on one axis only, one axis after the other."""
    result = list(changes)
    for axis in axes:
        groups: dict[tuple[tuple[Axis, ...], Content], dict[object, None]] = {}
        for values, content in result:
            rest = (*values[:axis], *values[axis + 1 :])
            groups.setdefault((rest, content), {}).update(dict.fromkeys(values[axis]))
        result = [((*rest[:axis], tuple(joined), *rest[axis:]), content) for (rest, content), joined in groups.items()]
    return result
