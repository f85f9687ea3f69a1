"""What a YAML text means, as a number: equal numbers are equal content, whatever the layout."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.loader.nodes import Alias, Mapping, Node, Scalar
from resolver.loader.nodes import Sequence as ListNode
from resolver.store.edit import find


class Meanings:
    """Numbers each distinct content once, so that comparing two documents of 10,000 entries costs one pass over each.

    An alias means what its anchor means, and costs nothing: a bomb of aliases is as cheap as its text.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}

    def of(self, documents: Sequence[Node]) -> list[int]:
        """Return the meaning of each document."""
        known: dict[int, int] = {}
        return [self._of(document, known) for document in documents]

    def with_entry(self, documents: Sequence[Node], at: int, names: tuple[str, ...], tier: str | None) -> list[int]:
        """Return what `documents` should mean once the entry at the end of `names` is `tier` (None: gone)."""
        known: dict[int, int] = {}
        meanings = [self._of(document, known) for document in documents] or [-1]
        meanings[at] = self._changed(documents[at] if documents else None, names, tier, known)
        return meanings

    def _changed(self, node: Node | None, names: tuple[str, ...], tier: str | None, known: dict[int, int]) -> int:
        """Return the meaning of `node` with the entry; what is not on the way to it keeps the meaning in `known`."""
        if not names:
            return self._number(("text", None, tier))
        entries: list[tuple[int, int]] = []
        entry, tag = None, None
        if isinstance(node, Mapping):
            entry, tag = find(node, names[0]), node.tag
            for key, value in node.entries:
                if entry is None or key is not entry[0]:
                    entries.append((known[id(key)], self._of(value, known)))
                elif len(names) > 1 or tier is not None:
                    entries.append((known[id(key)], self._changed(value, names[1:], tier, known)))
        if entry is None:
            name = self._number(("text", None, names[0]))
            entries.append((name, self._changed(None, names[1:], tier, known)))
        return self._number(("map", tag, *entries))

    def _of(self, node: Node, known: dict[int, int]) -> int:
        if isinstance(node, Alias):
            return known[id(node.target)]
        if id(node) in known:
            return known[id(node)]
        if isinstance(node, Scalar):
            value = node.value
            kind = "text" if isinstance(value, str) else type(value).__name__
            number = self._number((kind, node.tag, node.text if kind != "NoneType" else ""))
        elif isinstance(node, ListNode):
            number = self._number(("list", node.tag, *[self._of(item, known) for item in node.items]))
        else:
            assert isinstance(node, Mapping)
            pairs = [(self._of(key, known), self._of(value, known)) for key, value in node.entries]
            number = self._number(("map", node.tag, *pairs))
        known[id(node)] = number
        return number

    def _number(self, content: tuple[object, ...]) -> int:
        return self._numbers.setdefault(content, len(self._numbers))
