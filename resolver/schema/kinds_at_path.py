"""Finds the kinds of the values that can be at a path, where a value may be of one of several kinds."""

from __future__ import annotations

from collections.abc import Iterator

from resolver.schema.composite_kinds import Either, Entries, Key, Keys, ListOf, Optional
from resolver.schema.kinds import Kind, Path


def kinds_at(kind: Kind, path: Path) -> list[Kind]:
    """Return every kind that the value at `path` can be of; nothing if no value can be there.

    Args:
        kind: The kind of the whole.
        path: Keys, and indexes of items.
    """
    kinds = [*_each(kind)]
    for part in path:
        kinds = [each for one in kinds for below in _below(one, part) for each in _each(below)]
    return kinds


def key_at(kind: Kind, path: Path) -> Key | None:
    """Return the key at the end of `path` as the shape describes it, None if any name can be there."""
    if not path or not isinstance(path[-1], str):
        return None
    holders = [holder for holder in kinds_at(kind, path[:-1]) if isinstance(holder, Keys)]
    return next((holder.keys[path[-1]] for holder in holders if path[-1] in holder.keys), None)


def _each(kind: Kind) -> Iterator[Kind]:
    if isinstance(kind, Optional):
        yield from _each(kind.for_editors)
    elif isinstance(kind, Either):
        for part in kind.parts():
            yield from _each(part)
    else:
        yield kind


def _below(kind: Kind, part: int | str) -> Iterator[Kind]:
    if isinstance(kind, ListOf) == isinstance(part, int) and isinstance(kind, ListOf | Entries | Keys):
        below = kind.of_part(part)
        if below is not None:
            yield below
