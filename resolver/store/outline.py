"""The events of a YAML text, kept flat: what it takes to find one entry among 10,000 and to compare two texts.

A tree of nodes is made only for what is looked at; making all of it takes longer than reading the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, overload

from resolver.diagnostics import ResolverError, Source
from resolver.loader.events import EventReader, RefusedError
from resolver.loader.nodes import Alias, Mapping, Node
from resolver.loader.nodes import Sequence as ListNode
from resolver.store.recorder import END, Recorder

MAPPING = ("mapping", None, None)
Entry = tuple[Node, Node]


class Outline:
    """The events of the text of `source`.

    `values` says of each what it means: a text itself, anything else as a tuple with its tag and anchor. Equal values
    are equal content, in the same order. Raises ResolverError if the text is no YAML.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        recorder = Recorder(source)
        try:
            recorder.documents()
        except RefusedError as refused:
            found = refused.diagnostic
            message = f"`{source.name}` cannot be read: line {found.place.line}: {found.message}"
            raise ResolverError(message) from refused
        self.values = recorder.values
        self.starts, self.ends, self.closes = recorder.starts, recorder.ends, recorder.closes
        self.roots = recorder.roots
        self._flat = recorder.flat
        self._names: dict[int, list[Any] | None] = {}
        self._reader = EventReader(source)
        self._reader.hidden = {}  # the values show what was hidden from libyaml

    def documents(self) -> list[Node]:
        """Return the documents; what their mappings hold is made when it is looked at."""
        return [self.node(at) for at in self.roots]

    def after(self, at: int) -> int:
        """Return the index of the event after the whole value that begins with event `at`."""
        return self.closes.get(at, at) + 1

    def find(self, at: int, name: str) -> int | None:
        """Return the index of the key `name` in the mapping that begins with event `at`, None if it has none."""
        key, end = at + 1, self.closes[at]
        if at in self._flat and at not in self._names:
            keys = self.values[key:end:2]
            self._names[at] = keys if all(each.__class__ is str for each in keys) else None
        names = self._names.get(at)
        if names is not None:
            return key + 2 * names.index(name) if name in names else None
        while key < end:
            value = self.values[key]
            if (value if value.__class__ is str else self._text(key)) == name:
                return key
            key = self.after(self.after(key))
        return None

    def with_entry(self, document: int, names: Sequence[str], tier: str | None) -> list[Any]:
        """Return what the values should be once the entry at the end of `names` is `tier` (None: gone)."""
        values = self.values
        if not self.roots:
            return _written(names, tier)
        at, key = self.roots[document], -1
        for depth, name in enumerate(names):
            if values[at][0] != "mapping":  # null, in place of which a mapping will stand
                return [*values[:at], *_written(names[depth:], tier), *values[at + 1 :]]
            found = self.find(at, name)
            if found is None:
                end = self.closes[at]
                return [*values[:end], *_written(names[depth:], tier)[1:-1], *values[end:]]
            at, key = self.after(found), found
        if tier is None:
            return values[:key] + values[self.after(at) :]
        old = values[at]
        marked = not isinstance(old, str) and old[0] in ("text", "plain") and old[2:] != (None, None)
        return [*values[:at], ("text", tier, *old[2:]) if marked else tier, *values[self.after(at) :]]

    def repeated(self, document: int, names: Sequence[str]) -> str | None:
        """Return the anchor of a value on the way along `names` that an alias repeats elsewhere, None if none does."""
        at = self.roots[document] if self.roots else None
        for name in (*names, None):
            if at is None:
                return None
            value = self.values[at]
            anchor = None if isinstance(value, str) or value[0] == "alias" else value[-1]
            if anchor is not None:
                aliases = (index for index, other in enumerate(self.values) if other == ("alias", None, anchor))
                if any(self._anchored(index, anchor) == at for index in aliases):
                    return str(anchor)
            key = self.find(at, name) if name is not None and value[0] == "mapping" else None
            at = None if key is None else self.after(key)
        return None

    def pairs(self, at: int) -> list[tuple[int, int]]:
        """Return the indexes of keys and values of the mapping that begins with event `at`."""
        found, key, end = [], at + 1, self.closes[at]
        if at in self._flat:
            return list(zip(range(key, end, 2), range(key + 1, end, 2), strict=True))
        while key < end:
            value = self.after(key)
            found.append((key, value))
            key = self.after(value)
        return found

    def node(self, at: int) -> Node:
        """Return the value that begins with event `at` as a node."""
        value, head, end = self.values[at], self.starts[at], self.ends[at]
        if isinstance(value, str):
            value = ("text", value, None, None)
        kind, text, tag, anchor = value if len(value) == 4 else (*value[:1], "", *value[1:])
        if kind == "alias":
            return Alias(self.source, head, end, head, target=self.node(self._anchored(at, anchor)))
        style = '"' if kind == "text" else None
        marks = {"start_mark": SimpleNamespace(index=head), "end_mark": SimpleNamespace(index=end)}
        event = SimpleNamespace(anchor=anchor, tag=tag, style=style, value=text, **marks)
        if kind in ("text", "plain"):
            return self._reader.scalar(event, head, end)
        start, end = self._reader.opening(event), self.ends[self.closes[at]]
        if kind == "list":
            items, item = [], at + 1
            while item < self.closes[at]:
                items.append(self.node(item))
                item = self.after(item)
            return ListNode(self.source, start, end, head, tag, items=items)
        return Mapping(self.source, start, end, head, tag, entries=Entries(self, at))  # type: ignore[arg-type]

    def _text(self, key: int) -> str | None:
        """Return the text of a key that has a tag or an anchor, or is an alias."""
        value = self.values[key]
        if value[0] == "alias":
            value = self.values[self._anchored(key, value[2])]
        if isinstance(value, str):
            return value
        return str(value[1]) if value[0] == "text" else None

    def _anchored(self, at: int, name: str) -> int:
        for before in range(at - 1, -1, -1):
            value = self.values[before]
            if value.__class__ is tuple and value[0] != "alias" and len(value) > 1 and value[-1] == name:
                return before
        raise ResolverError(f"`{self.source.name}` cannot be read: the alias `*{name}` names no value before it")


def _written(names: Sequence[str], tier: str | None) -> list[Any]:
    """Return the events of a mapping that leads along `names` to `tier`."""
    return [part for name in names for part in (MAPPING, name)] + [tier] + [END] * len(names)


class Entries(Sequence[Entry]):
    """The entries of a mapping, made into nodes one by one."""

    def __init__(self, outline: Outline, at: int) -> None:
        self.outline = outline
        self.at = at
        self._pairs: list[tuple[int, int]] | None = None
        self._made: dict[int, Entry] = {}

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The indexes of the events with which keys and values begin."""
        if self._pairs is None:
            self._pairs = self.outline.pairs(self.at)
        return self._pairs

    def __len__(self) -> int:
        return len(self.pairs)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        key, value = self.pairs[index]
        if key not in self._made:
            self._made[key] = self.outline.node(key), self.outline.node(value)
        return self._made[key]

    def index_of(self, name: str) -> int | None:
        """Return which entry has the key `name`, None if none has."""
        key = self.outline.find(self.at, name)
        return None if key is None else bisect_left(self.pairs, (key, 0))
