"""Merges many single changes into the few that a person reads: changes that are alike are one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Content = TypeVar("Content", bound=Hashable)
Axis = tuple[object, ...]
Single = tuple[tuple[Axis, ...], Content]
"""Values on each axis, and the change of all their combinations."""


def merged(changes: Iterable[Single[Content]], axes: Sequence[int]) -> list[Single[Content]]:
    """Merge changes that differ on one axis only, one axis after the other; the order of values does not matter."""
    result = list(changes)
    for axis in axes:
        groups: dict[object, tuple[tuple[Axis, ...], dict[object, None], Content]] = {}
        for values, content in result:
            rest = (*values[:axis], *values[axis + 1 :])
            _, joined, _ = groups.setdefault((*map(frozenset, rest), content), (rest, {}, content))
            joined.update(dict.fromkeys(values[axis]))
        result = [((*rest[:axis], tuple(joined), *rest[axis:]), content) for rest, joined, content in groups.values()]
    return result
