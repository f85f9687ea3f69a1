"""Many single changes to few that a person reads: what changes alike stands together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Content = TypeVar("Content", bound=Hashable)
Axis = tuple[object, ...]
Single = tuple[tuple[Axis, ...], Content]
"""What changes (some values on each axis), and how."""


def merged(changes: Iterable[Single[Content]], axes: Sequence[int]) -> list[Single[Content]]:
    """Return `changes` with those joined that differ on one axis only, one axis after the other."""
    found = list(changes)
    for axis in axes:
        groups: dict[tuple[tuple[Axis, ...], Content], dict[object, None]] = {}
        for values, content in found:
            rest = (*values[:axis], *values[axis + 1 :])
            groups.setdefault((rest, content), {}).update(dict.fromkeys(values[axis]))
        found = [((*rest[:axis], tuple(joined), *rest[axis:]), content) for (rest, content), joined in groups.items()]
    return found
