"""Change one entry of `escalation_state` in the text of a file, and no other byte.

The text is changed where libyaml's events say that the entry, or what is missing of the way to it, stands or has to
stand; layout is the author's, so nothing is ever written anew. Whether the result means what it should is `meaning`'s
to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from resolver.diagnostics import ResolverError, Source
from resolver.loader.nodes import Alias, Mapping, Node, Scalar, is_null, resolved
from resolver.loader.nodes import Sequence as ListNode
from resolver.loader.scalars import plain_value
from resolver.store.outline import Entries

SECTION = ("model_tiers", "escalation_state")
ROOT = "config"

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_OLD_BOOLEANS = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Text in YAML 1.2 and booleans in 1.1, which the application may read its file as."""
_LINE_END = re.compile(r"\r\n?|\n")
_EMPTY_BRACES = re.compile(r"\{[ \t]*\}\Z")
_STEP = 2
"""Columns by which a new mapping is indented where the file does not show its author's way."""


def way_to_entries(documents: Sequence[Node]) -> tuple[int, tuple[str, ...]]:
    """Return the index of the document in which `escalation_state` stands, or has to, and the keys that lead to it."""
    for names in ((*SECTION,), (ROOT, *SECTION), SECTION[:1], (ROOT, SECTION[0]), (ROOT,)):
        for at, document in enumerate(documents):
            if follow(document, names) is not None:
                return at, (ROOT, *SECTION) if names[0] == ROOT else SECTION
    return 0, SECTION


def with_entry(source: Source, documents: Sequence[Node], key: str, tier: str) -> str:
    """Return the text of `source` with the entry `key` set to `tier`.

    Raises ResolverError where the layout leaves no way to change the entry alone.
    """
    at, names = way_to_entries(documents)
    if not documents:
        return _Editor(source).append(names, key, tier)
    return _Editor(source).set(documents[at], (*names, key), tier)


def without_entry(source: Source, documents: Sequence[Node], key: str) -> str:
    """Return the text of `source` without the entry `key`, which must be there; errors are those of `with_entry`."""
    at, names = way_to_entries(documents)
    return _Editor(source).remove(documents[at], names, key)


def follow(node: Node, names: Sequence[str]) -> Node | None:
    """Return the node at the end of the keys `names`, or None if there is none."""
    for name in names:
        entry = find(node, name)
        if entry is None:
            return None
        node = entry[1]
    return node


def find(node: Node, name: str) -> tuple[Scalar, Node] | None:
    """Return the entry of a mapping that is named `name`, or None."""
    if isinstance(node, Mapping) and isinstance(node.entries, Entries):
        at = node.entries.index_of(name)
        found = node.entries[at] if at is not None else None
        key = resolved(found[0]) if found else None
        return (key, found[1]) if found and isinstance(key, Scalar) else None
    if isinstance(node, Mapping):
        return next((entry for entry in node.named() if entry[0].value == name), None)
    return None


class _Editor:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        first = _LINE_END.search(self.text)
        self.newline = first[0] if first else "\n"
        self.step = _STEP

    def set(self, node: Node, names: tuple[str, ...], tier: str) -> str:
        parent: Scalar | None = None
        in_flow = False
        for depth, name in enumerate(names):
            if isinstance(node, Alias):
                raise self.refused(node, "is an alias; write the mapping out")
            if not isinstance(node, Mapping) and not is_null(node):
                raise self.refused(node, "is not a mapping")
            entry = find(node, name)
            if entry is None:
                return self.insert(parent, node, names[depth:], tier, in_flow=in_flow)
            in_flow = in_flow or self.is_flow(node)
            if parent is not None and not in_flow:
                self.step = max(1, self.column(entry[0]) - self.column(parent)) or self.step
            parent, node = entry
        return self.replace(node, tier)

    def replace(self, node: Node, tier: str) -> str:
        if isinstance(node, Mapping | ListNode) or self.text[node.start : node.start + 1] in ("|", ">"):
            raise self.refused(node, "is not the name of a tier in one line")
        written = scalar(tier)
        quote = self.text[node.start : node.start + 1]
        if quote in ('"', "'") and written == tier:
            written = f"{quote}{tier}{quote}"
        if node.start == node.end:
            written = f" {written}"
        return self.text[: node.start] + written + self.text[node.end :]

    def insert(self, parent: Scalar | None, node: Node, names: tuple[str, ...], tier: str, *, in_flow: bool) -> str:
        if isinstance(node, Mapping) and not self.is_flow(node):
            first, last = node.entries[0][0], node.entries[-1]
            return self.add_lines(self.last_index(*last), self.column(first), names, tier)
        empty = not isinstance(node, Mapping) or _EMPTY_BRACES.match(self.text[node.start : node.end])
        same_line = parent is None or self.line_start(parent.end) == self.line_start(node.start)
        if empty and same_line and not in_flow:
            # Nothing, `null` or `{}` on the line of its key: the entry goes on a line of its own.
            column = self.column(parent) + self.step if parent else 1
            return self.add_lines(node.end, column, names, tier, without=(node.start, node.end))
        flow = self.flow(names, tier)
        if not isinstance(node, Mapping):
            gap = " " if self.text[node.start - 1 : node.start] == ":" else ""
            return self.text[: node.start] + gap + "{" + flow + "}" + self.text[node.end :]
        if not node.entries:
            return self.text[: node.start + 1] + flow + self.text[node.start + 1 :]
        at = max(part.end for part in node.entries[-1])
        return self.text[:at] + ", " + flow + self.text[at:]

    def remove(self, document: Node, names: tuple[str, ...], name: str) -> str:
        holder = follow(document, names[:-1])
        section_key, section = find(holder, names[-1]) or (None, None) if holder is not None else (None, None)
        entry = find(section, name) if section is not None else None
        if section_key is None or not isinstance(section, Mapping) or entry is None:
            raise ResolverError(f"`{self.source.name}` has no entry `{name}`")
        at = next(at for at, (_, value) in enumerate(section.entries) if value is entry[1])
        whole = section.entries[at]
        if self.is_flow(section):
            start, end = whole[0].head, max(part.end for part in whole)
            if at + 1 < len(section.entries):
                end = section.entries[at + 1][0].head
            elif at > 0:
                start = max(part.end for part in section.entries[at - 1])
            return self.text[:start] + self.text[end:]
        start, end = self.line_start(whole[0].head), self.last_index(*whole)
        if self.text[start : whole[0].head].strip(" ?"):
            raise self.refused(whole[0], "stands behind other things on its line")
        line_end = _LINE_END.search(self.text, end)
        before, after = self.text[:start], self.text[line_end.end() if line_end else len(self.text) :]
        if len(section.entries) == 1:  # what is left is an empty mapping, not nothing
            colon = self.text.index(":", section_key.end) + 1
            before = before[:colon] + " {}" + before[colon:]
        return before + after

    def append(self, names: tuple[str, ...], key: str, tier: str) -> str:
        return self.add_lines(len(self.text), 1, (*names, key), tier)

    def add_lines(
        self, after: int, column: int, names: tuple[str, ...], tier: str, without: tuple[int, int] | None = None
    ) -> str:
        """Return the text with the entry on lines of its own, below the line in which `after` stands."""
        lines = []
        for depth, name in enumerate(names):
            value = f" {scalar(tier)}" if depth == len(names) - 1 else ""
            written = quoted(name) if value else name
            lines.append(" " * (column - 1 + depth * self.step) + f"{written}:{value}")
        at_start = after == 0 or self.text[after - 1] in "\r\n"
        end = None if at_start else _LINE_END.search(self.text, after)
        at = after if at_start else end.end() if end else len(self.text)
        before = self.text[:at]
        if without is not None and without[0] < without[1]:
            before = self.text[: without[0]].rstrip(" ") + self.text[without[1] : at]
        if before and before[-1] not in "\r\n":  # the file does not end in a line end, and still will not
            return before + self.newline + self.newline.join(lines) + self.text[at:]
        return before + "".join(line + self.newline for line in lines) + self.text[at:]

    def last_index(self, key: Node, value: Node) -> int:
        """Return where the last line of a block mapping's last entry has its last character."""
        if isinstance(value, Mapping) and value.entries and not self.is_flow(value):
            return self.last_index(*value.entries[-1])
        if isinstance(value, ListNode) and value.items and not self.is_flow(value):
            return self.last_index(key, value.items[-1])
        return max(key.end, value.end)

    def flow(self, names: tuple[str, ...], tier: str) -> str:
        written = f"{quoted(names[-1])}: {scalar(tier)}"
        for name in reversed(names[:-1]):
            written = f"{name}: {{{written}}}"
        return written

    def is_flow(self, node: Node) -> bool:
        return self.text[node.start : node.start + 1] in ("{", "[")

    def column(self, key: Node) -> int:
        """Return the column of a key, or of the `?` before it."""
        before = self.text[self.line_start(key.head) : key.head]
        question = before.rstrip()
        return len(question) if question.endswith("?") else len(before) + 1

    def line_start(self, index: int) -> int:
        return max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1

    def refused(self, node: Node, why: str) -> ResolverError:
        return ResolverError(f"{node.place}: `escalation_state` cannot be written: this {why}")


def scalar(text: str) -> str:
    """Return `text` as a scalar that reads as text in YAML 1.1 and 1.2: plain if it can be, else in double quotes."""
    is_plain = _PLAIN.match(text) and isinstance(plain_value(text), str) and text.lower() not in _OLD_BOOLEANS
    return text if is_plain else quoted(text)


def quoted(text: str) -> str:
    """Return `text` in double quotes, on one line."""
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if c.isprintable():
        return c
    code = ord(c)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
