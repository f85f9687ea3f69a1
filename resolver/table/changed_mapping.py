"""A large mapping with some changes, which takes another change without being copied.

A copy of a dict with a million entries takes tens of milliseconds, during which no other thread runs. A
`ChangedMapping` shares the dict with all versions that were made from it, and keeps the changes in a persistent map,
which shares all but a few nodes with the version before.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from types import MappingProxyType
from typing import TypeVar, cast, overload

from rpds import HashTrieMap

COPIED = 4_096
"""The most entries of a mapping that is copied for a change: a dict answers faster than a `ChangedMapping`."""
_BULK = 8
"""Also copied is a mapping with at most this many times as many entries as change at once."""

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")


class ChangedMapping(Mapping[K, V]):
    """A dict with changes. It is never changed itself, and its entries have the order that a changed dict would have.

    >>> before = ChangedMapping({"a": 1, "b": 2})
    >>> after = before.with_changes({"a": None, "c": 3})
    >>> after.copy(), before.copy()
    ({'b': 2, 'c': 3}, {'a': 1, 'b': 2})
    """

    __slots__ = ("_appended", "_changes", "_dict", "_length", "_next")

    def __init__(self, unchanged: dict[K, V]) -> None:
        """Wrap a dict.

        Args:
            unchanged: The entries, none of them None. Nothing may change this dict later.

        """
        self._dict = unchanged
        self._length = len(unchanged)
        self._next = 0
        self._changes: HashTrieMap[K, V | None] = HashTrieMap()
        """The new value of each entry that differs from `_dict`; None for an entry of `_dict` that was deleted."""
        self._appended: HashTrieMap[K, int] = HashTrieMap()
        """The entries that come after those of `_dict`, each with a number that rises in their order."""

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, /, default: V) -> V: ...
    @overload
    def get(self, key: K, /, default: D) -> V | D: ...
    def get(self, key: K, /, default: object = None) -> object:
        """Return the value of an entry, or `default` if there is none."""
        if key in self._changes:
            value = self._changes[key]
            return default if value is None else value
        return self._dict.get(key, default)

    def __getitem__(self, key: K) -> V:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(cast("K", key)) is not None

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[K]:
        return iter(self.copy())

    def items(self) -> ItemsView[K, V]:
        """Return the entries in order."""
        return self.copy().items()

    def values(self) -> ValuesView[V]:
        """Return the values in order."""
        return self.copy().values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.copy() == (other.copy() if isinstance(other, ChangedMapping) else other)

    __hash__ = None  # type: ignore[assignment]  # as a dict has none

    def __repr__(self) -> str:
        return f"ChangedMapping({self.copy()!r})"

    @property
    def size(self) -> int:
        """The number of entries that `copy` goes through, deleted ones too."""
        return len(self._dict) + len(self._changes)

    def copy(self) -> dict[K, V]:
        """Return a dict with the same entries; faster than `dict(…)`, since it hashes only keys that have changed."""
        merged = self._dict.copy()
        for key, value in self._changes.items():
            if value is None or key in self._appended:
                merged.pop(key, None)
            else:
                merged[key] = value
        for key in sorted(self._appended, key=self._appended.__getitem__):
            merged[key] = cast("V", self._changes[key])
        return merged

    def with_changes(self, changes: Mapping[K, V | None]) -> ChangedMapping[K, V]:
        """Return the mapping with other values, in a time that does not depend on its size.

        Args:
            changes: The new value of each entry; None deletes the entry.

        """
        new: ChangedMapping[K, V] = ChangedMapping.__new__(ChangedMapping)
        new._dict = self._dict
        new._length, new._next = self._length, self._next
        new._changes, new._appended = self._changes, self._appended
        for key, value in changes.items():
            new._change(key, value)
        return new

    def _change(self, key: K, value: V | None) -> None:
        is_new = self.get(key) is None
        if value is not None:
            self._changes = self._changes.insert(key, value)
            if is_new:
                self._appended = self._appended.insert(key, self._next)
                self._next += 1
                self._length += 1
        elif not is_new:
            self._changes = self._changes.insert(key, None) if key in self._dict else self._changes.remove(key)
            self._appended = self._appended.discard(key)
            self._length -= 1


def with_changes(mapping: Mapping[K, V], changes: Mapping[K, V | None]) -> Mapping[K, V]:
    """Return `mapping` with other values: a dict if it is small or mostly new, else a `ChangedMapping`.

    `mapping` must never change after this call, because the result may share its memory.

    Args:
        mapping: A dict, a mapping proxy of one, or an earlier result. No value is None.
        changes: The new value of each entry; None deletes the entry.

    """
    size = mapping.size if isinstance(mapping, ChangedMapping) else len(mapping)
    if size > max(COPIED, _BULK * len(changes)):
        if isinstance(mapping, ChangedMapping):
            return mapping.with_changes(changes)
        return ChangedMapping(cast("dict[K, V]", mapping)).with_changes(changes)
    # Unlike `dict(…)`, `copy` hashes no key of a mapping proxy again.
    copied = cast("dict[K, V] | MappingProxyType[K, V] | ChangedMapping[K, V]", mapping).copy()
    for key, value in changes.items():
        if value is None:
            copied.pop(key, None)
        else:
            copied[key] = value
    return copied
