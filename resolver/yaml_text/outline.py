"""The outline of a YAML text: its events in flat lists, to find one entry among 10,000 and to compare two texts.

Nodes are made only for the parts that are used; making all of them takes longer than reading the text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, overload

from resolver.diagnostics import ResolverError, Source
from resolver.frozen import frozen
from resolver.yaml_text.entry_path import Way
from resolver.yaml_text.nodes import Alias, Mapping, Node
from resolver.yaml_text.nodes import Sequence as ListNode
from resolver.yaml_text.parser import EventReader, RefusedError
from resolver.yaml_text.recorder import END, Recorder

MAPPING = ("mapping", None, None)
Entry = tuple[Node, Node]


class Outline:
    """The events of the text of `source`.

    `values` has the meaning of each event: a text itself, anything else as a tuple with its tag and anchor. Equal
    values are equal content, in the same order. Raises ResolverError if the text is not YAML.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        recorder = Recorder(source)
        try:
            recorder.documents()
        except RefusedError as refused:
            diagnostic = refused.diagnostic
            message = f"`{source.name}` cannot be read: line {diagnostic.place.line}: {diagnostic.message}"
            raise ResolverError(message) from refused
        self.values = recorder.values
        self.starts, self.ends, self.closes = recorder.starts, recorder.ends, recorder.closes
        self.roots, self.document_starts = recorder.roots, recorder.document_starts
        self._flat = recorder.flat
        self._names: dict[int, list[Any] | None] = {}
        self._anchors: dict[str, list[int]] | None = None
        self._keys: dict[int, dict[str | None, list[int]]] = {}
        self._pairs: dict[int, list[tuple[int, int]]] = {}
        self._targets: dict[int, Node] = {}
        """The targets of aliases, each made once: a bomb of aliases is as cheap as its text."""
        self._reader = EventReader(source)
        self._reader.hidden = {}  # the values contain the characters that were hidden from libyaml

    @property
    def aliases(self) -> list[int]:
        """The indexes of all alias events."""
        if "*" not in self.source.text:
            return []
        return [index for index, value in enumerate(self.values) if value.__class__ is tuple and value[0] == "alias"]

    def documents(self) -> list[Node]:
        """Return the documents; the content of their mappings is made when it is used."""
        return [self.node(at) for at in self.roots]

    def after(self, at: int) -> int:
        """Return the index of the event after the whole value that begins with the event at `at`."""
        return self.closes.get(at, at) + 1

    def find(self, at: int, name: str) -> int | None:
        """Return the index of the key `name` in the mapping that begins with the event at `at`, None if it has none."""
        found = self.find_all(at, name)
        return found[0] if found else None

    def find_all(self, at: int, name: str) -> list[int]:
        """Return the indexes of all keys `name` in the mapping that begins with the event at `at`."""
        if at in self._flat and at not in self._names:
            keys = self.values[at + 1 : self.closes[at] : 2]
            self._names[at] = None if tuple in set(map(type, keys)) else keys
        names = self._names.get(at)
        if names is None:
            if at not in self._keys:
                self._keys[at] = {}
                for key, _ in self.pairs(at):
                    self._keys[at].setdefault(self._text(key), []).append(key)
            return self._keys[at].get(name, [])
        count = names.count(name)
        if count < 2:
            return [at + 1 + 2 * names.index(name)] if count else []
        return [at + 1 + 2 * index for index, text in enumerate(names) if text == name]

    def change(self, way: Way, key: str, tier: str | None) -> Change:
        """Return the change of `values` that sets the entry `key` at the end of `way` to `tier`; None removes it."""
        values, names = self.values, (*way.names, key)
        if not self.roots:
            return Change(0, 0, _written(names, tier))
        event, found_key = self.roots[way.document], -1
        for depth, name in enumerate(names):
            if event not in self.closes:  # a mapping replaces this null
                first = ("mapping", *values[event][2:])
                return Change(event, event + 1, [first, *_written(names[depth:], tier)[1:]])
            key_at = self.find(event, name)
            if key_at is None:
                end = self.closes[event]
                return Change(end, end, _written(names[depth:], tier)[1:-1])
            event, found_key = self.after(key_at), key_at
        if tier is None:
            return Change(found_key, self.after(event), [])
        old = values[event]
        marked = not isinstance(old, str) and old[0] in ("text", "plain") and old[2:] != (None, None)
        return Change(event, self.after(event), [("text", tier, *old[2:]) if marked else tier])

    def repeated(self, document: int, names: Sequence[str]) -> str | None:
        """Return the anchor of a value on the path `names` that an alias repeats elsewhere, or None."""
        event = self.roots[document] if self.roots else None
        for name in (*names, None):
            if event is None:
                return None
            value = self.values[event]
            anchor = None if isinstance(value, str) or value[0] == "alias" else value[-1]
            if anchor is not None:
                aliases = (index for index, candidate in enumerate(self.values) if candidate == ("alias", None, anchor))
                if any(self._anchored(index, anchor) == event for index in aliases):
                    return str(anchor)
            is_mapping = event in self.closes and value[0] == "mapping"
            key = self.find(event, name) if name is not None and is_mapping else None
            event = None if key is None else self.after(key)
        return None

    def pairs(self, at: int) -> Sequence[tuple[int, int]]:
        """Return the indexes of the keys and values of the mapping that begins with event `at`."""
        if at in self._pairs:
            return self._pairs[at]
        pairs: list[tuple[int, int]] = []
        key, end = at + 1, self.closes[at]
        if at in self._flat:
            return _FlatPairs(range(key, end, 2))
        while key < end:
            value = self.after(key)
            pairs.append((key, value))
            key = self.after(value)
        self._pairs[at] = pairs
        return pairs

    def node(self, at: int) -> Node:
        """Return the value that begins with event `at` as a node."""
        value, head, end = self.values[at], self.starts[at], self.ends[at]
        if isinstance(value, str):
            value = ("text", value, None, None)
        kind, text, tag, anchor = value if len(value) == 4 else (*value[:1], "", *value[1:])
        if kind == "alias":
            target = self._anchored(at, anchor)
            if target not in self._targets:
                self._targets[target] = self.node(target)
            return Alias(self.source, head, end, head, target=self._targets[target])
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
        """Return the text of a key with a tag or an anchor, or of an alias; None if the key is not text."""
        value = self.values[key]
        if value.__class__ is str:
            return str(value)
        if value[0] == "alias":
            value = self.values[self._anchored(key, value[2])]
        if isinstance(value, str):
            return value
        return str(value[1]) if value[0] == "text" else None

    def _anchored(self, at: int, name: str) -> int:
        """Return the index of the value that the alias `name`, at event `at`, refers to."""
        if self._anchors is None:
            self._anchors = {}
            for index, value in enumerate(self.values):
                if value.__class__ is tuple and value[0] != "alias" and value[-1] is not None and value is not END:
                    self._anchors.setdefault(value[-1], []).append(index)
        marked = self._anchors.get(name, [])
        index = bisect_left(marked, at) - 1
        if index < 0:
            raise ResolverError(f"`{self.source.name}` cannot be read: the alias `*{name}` names no value before it")
        if self.closes.get(marked[index], marked[index]) > at:
            raise ResolverError(f"`{self.source.name}` cannot be read: `*{name}` is inside what it names")
        return marked[index]


def _written(names: Sequence[str], tier: str | None) -> list[Any]:
    """Return the events of nested mappings with the path `names` to `tier`."""
    return [part for name in names for part in (MAPPING, name)] + [tier] + [END] * len(names)


@frozen
class Change:
    """A change of an outline: `values` replaces the values from index `start` to `end` (exclusive)."""

    start: int
    end: int
    values: list[Any]


class _FlatPairs(Sequence[tuple[int, int]]):
    """The indexes of keys and values in a mapping of scalars: they alternate, so no list of indexes is needed."""

    def __init__(self, keys: range) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(index, slice):
            return _FlatPairs(self._keys[index])
        key = self._keys[index]
        return key, key + 1


class Entries(Sequence[Entry]):
    """The entries of a mapping; each is made into nodes on first use."""

    def __init__(self, outline: Outline, at: int) -> None:
        self.outline = outline
        self.at = at
        self._made: dict[int, Entry] = {}

    @property
    def pairs(self) -> Sequence[tuple[int, int]]:
        """The indexes of the events at which keys and values begin."""
        return self.outline.pairs(self.at)

    def __len__(self) -> int:
        return len(self.pairs)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        key, value = self.pairs[index]
        if key not in self._made:
            self._made[key] = self.outline.node(key), self.outline.node(value)
        return self._made[key]

    def named(self, name: str) -> list[Entry]:
        """Return the entries with the key `name`."""
        return [self[index] for index in self.indexes(name)]

    def indexes(self, name: str) -> list[int]:
        """Return the positions of the entries with the key `name`."""
        return [bisect_left(self.pairs, (key, 0)) for key in self.outline.find_all(self.at, name)]
