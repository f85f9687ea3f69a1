"""Changes one entry of `escalation_state` in the text of a file, and no other byte.

The text is changed where libyaml's events place the entry, or the missing keys of the path to it. The layout is the
author's: nothing else is rewritten. `verify` checks the result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from resolver.diagnostics import ResolverError, Source
from resolver.yaml_text.entry_path import Way, named, obstacle
from resolver.yaml_text.nodes import Mapping, Node, Scalar
from resolver.yaml_text.nodes import Sequence as ListNode
from resolver.yaml_text.outline import Entries
from resolver.yaml_text.parser import after_properties
from resolver.yaml_text.quoting import quoted, scalar
from resolver.yaml_text.splices import Splice

_LINE_END = re.compile(r"\r\n?|\n")
_GAP = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:(?:\r\n?|\n)[ \t]*(?:#[^\r\n]*)?)*")
"""White space and comments between two tokens."""
_REST_OF_LINE = re.compile(r"[ \t]*(,?)[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_STEP = 2
"""Columns by which a new mapping is indented if the file does not show its author's indentation."""


def with_entry(source: Source, documents: Sequence[Node], way: Way, key: str, tier: str) -> list[Splice]:
    """Return the changes to `source` that set an entry to a tier.

    Raises ResolverError if the layout does not allow changing the entry alone.
    """
    _refuse_obstacle(documents, way)
    editor = _Editor(source)
    if not documents:
        return editor.add_lines(len(source.text), 1, (*way.names, key), tier)
    return editor.set(documents[way.document], (*way.names, key), tier)


def without_entry(source: Source, documents: Sequence[Node], way: Way, key: str) -> list[Splice]:
    """Return the changes of `source` that remove the entry `key`, which must be there; errors as in `with_entry`."""
    _refuse_obstacle(documents, way)
    if not documents:
        raise ResolverError(f"`{source.name}` has no entry `{key}`")
    return _Editor(source).remove(documents[way.document], way.names, key)


def _refuse_obstacle(documents: Sequence[Node], way: Way) -> None:
    problem = obstacle(documents, way)
    if problem is not None:
        raise _refused(problem.node, f"{problem.why}; {problem.help}")


class _Editor:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        first = _LINE_END.search(self.text)
        self.newline = first[0] if first else "\n"
        self.step = _STEP

    def set(self, node: Node, names: tuple[str, ...], tier: str) -> list[Splice]:
        parent: Node | None = None
        holder: Node = node
        in_flow = False
        for depth, name in enumerate(names):
            entries = named(node, name)
            if not entries:
                return self.insert(parent, node, names[depth:], tier, in_flow=in_flow)
            if len(entries) > 1:
                raise _refused(entries[1][0], f"gives `{name}` a second time; remove one of the two")
            in_flow = in_flow or self.is_flow(node)
            key, value = entries[0]
            if parent is not None and not in_flow:
                self.step = max(1, self.column(key) - self.column(parent)) or self.step
            holder, parent, node = node, key, value
        assert parent is not None
        return self.replace(holder, parent, node, tier)

    def replace(self, holder: Node, key: Node, node: Node, tier: str) -> list[Splice]:
        start = self.content_start(node)
        quote = self.text[start : start + 1]
        if isinstance(node, Mapping | ListNode) or quote in ("|", ">"):
            raise _refused(node, "is not the name of a tier in one line")
        if quote in ('"', "'"):
            written = f"{quote}{tier}{quote}" if scalar(tier) == tier else quoted(tier)
        else:
            written = quoted(tier) if self.is_flow(holder) and self.is_quoted(key) else scalar(tier)
        gap = " " if start == node.end and not self.text[start - 1 : start].isspace() else ""
        return [Splice(start, node.end, gap + written)]

    def insert(
        self, parent: Node | None, node: Node, names: tuple[str, ...], tier: str, *, in_flow: bool
    ) -> list[Splice]:
        if isinstance(node, Mapping) and not self.is_flow(node):
            first, last = node.entries[0][0], node.entries[-1]
            return self.add_lines(self.last_index(*last), self.column(first), names, tier)
        if isinstance(node, Mapping):
            return self.insert_in_flow(parent, node, names, tier, in_flow=in_flow)
        start, end = self.content_start(node), node.end
        if not in_flow and (parent is None or self.line_start(parent.end) == self.line_start(start)):
            # The value is missing or `null` on the line of its key: give the entry its own line.
            column = self.column(parent) + self.step if parent else 1
            return self.add_lines(end, column, names, tier, without=(start, end))
        line = self.line_start(start)
        if not in_flow and parent is not None and start < end and not self.text[line:start].strip(" "):
            # The value is `null` on its own line, indented below its key: replace it with the entry.
            column = start - line + 1
            written = f"{quoted(names[0])}: {scalar(tier)}" if len(names) == 1 else f"{names[0]}:"
            below = self.add_lines(end, column + self.step, names[1:], tier) if len(names) > 1 else []
            return [Splice(start, end, written), *below]
        gap = " " if self.text[start - 1 : start] in (":", "?") else ""
        return [Splice(start, end, f"{gap}{{{self.flow(names, tier, quote=self.is_quoted(parent))}}}")]

    def insert_in_flow(
        self, parent: Node | None, node: Mapping, names: tuple[str, ...], tier: str, *, in_flow: bool
    ) -> list[Splice]:
        inside = node.start + 1
        if not node.entries:
            same_line = parent is not None and self.line_start(parent.end) == self.line_start(node.start)
            if same_line and not in_flow and not self.text[inside : node.end - 1].strip(" \t"):
                # The value is `{}` on the line of its key, in a block mapping: give the entry its own line.
                assert parent is not None
                column = self.column(parent) + self.step
                return self.add_lines(node.end, column, names, tier, without=(node.start, node.end))
            return [Splice(inside, inside, self.flow(names, tier, quote=parent is None or self.is_quoted(parent)))]
        key = node.entries[-1][0]
        written = self.flow(names, tier, quote=any(self.is_quoted(part) for part, _ in node.entries[-2:]))
        end = max(part.end for part in node.entries[-1])
        rest, line = _REST_OF_LINE.match(self.text, end), self.line_start(key.head)
        own_line = not self.text[line : key.head].strip(" ") and line > node.start
        if own_line and rest is not None and rest.end() < node.end - 1:
            # Each entry has lines of its own, and so gets the new entry.
            comma = [] if rest[1] else [Splice(end, end, ",")]
            indent = self.text[line : key.head]
            return [*comma, Splice(rest.end(), rest.end(), f"{self.newline}{indent}{written}{rest[1]}")]
        return [Splice(end, end, f", {written}")]

    def remove(self, document: Node, names: tuple[str, ...], name: str) -> list[Splice]:
        key: Node | None = None
        section = document
        for part in names:
            entries = named(section, part)
            key, section = entries[0] if entries else (None, document)
            if key is None:
                break
        entries = named(section, name) if key is not None else []
        if key is None or not isinstance(section, Mapping) or not entries:
            raise ResolverError(f"`{self.source.name}` has no entry `{name}`")
        if len(entries) > 1:
            raise _refused(entries[1][0], f"gives `{name}` a second time; remove one of the two")
        entry = entries[0]
        assert isinstance(section.entries, Entries)
        (index,) = section.entries.indexes(name)
        if self.is_flow(section):
            return self.remove_from_flow(section, index)
        begin, line = self.begin(entry[0]), self.line_start(entry[0].head)
        is_only = len(section.entries) == 1
        if self.text[line:begin].strip(" "):  # it begins after its parent's `:` or `?`
            if is_only:
                return [Splice(begin, self.last_index(*entry), "{}")]
            if index > 0:
                raise _refused(entry[0], "begins after something else on its line")
            return [Splice(begin, self.begin(section.entries[1][0]), "")]
        line_end = _LINE_END.search(self.text, self.last_index(*entry))
        gone = Splice(line, line_end.end() if line_end else len(self.text), "")
        if not is_only:
            return [gone]
        after = after_properties(self.text, section.head, section.start)
        if after == section.head:
            after = self.text.index(":", _gap_end(self.text, key.end)) + 1
        return [Splice(after, after, " {}"), gone]  # the section becomes an empty mapping, not null

    def remove_from_flow(self, section: Mapping, index: int) -> list[Splice]:
        entry = section.entries[index]
        start, end = self.begin(entry[0]), max(part.end for part in entry)
        is_last = index + 1 == len(section.entries)
        line, rest = self.line_start(start), _REST_OF_LINE.match(self.text, end)
        gone = Splice(start, end, "")
        if rest is not None and line > section.start and not self.text[line:start].strip(" "):
            line_end = _LINE_END.match(self.text, rest.end())
            gone = Splice(line, line_end.end() if line_end else rest.end(), "")  # the entry has lines of its own
            if rest[1] or (is_last and index == 0):
                return [gone]
        elif not is_last:
            return [Splice(start, self.begin(section.entries[index + 1][0]), "")]
        if index > 0 and is_last:
            before = max(part.end for part in section.entries[index - 1])
            comma = _gap_end(self.text, before)
            if not self.text[comma + 1 : start].strip(" "):
                return [Splice(before, end, "")]
            return [Splice(comma, comma + 1, ""), gone]
        comma = _gap_end(self.text, end)
        return [gone, *([Splice(comma, comma + 1, "")] if self.text[comma] == "," else [])]

    def add_lines(
        self, after: int, column: int, names: tuple[str, ...], tier: str, without: tuple[int, int] | None = None
    ) -> list[Splice]:
        """Return the changes that add the entry on its own lines, below the line of the index `after`.

        `without` is the stretch (start, end) of an empty value to remove.
        """
        lines = []
        for depth, name in enumerate(names):
            value = f" {scalar(tier)}" if depth == len(names) - 1 else ""
            written = quoted(name) if value else name
            lines.append(" " * (column - 1 + depth * self.step) + f"{written}:{value}")
        at_start = after == 0 or self.text[after - 1] in "\r\n"
        end = None if at_start else _LINE_END.search(self.text, after)
        place = after if at_start else end.end() if end else len(self.text)
        gone: list[Splice] = []
        if without is not None and without[0] < without[1]:
            start = without[0] - (len(self.text[: without[0]]) - len(self.text[: without[0]].rstrip(" ")))
            gone = [Splice(start, without[1], "")]
        before = self.text[: gone[0].start] if gone and gone[0].end == place else self.text[:place]
        if before and before[-1] not in "\r\n":  # the file has no final line end, and stays without
            new = self.newline + self.newline.join(lines)
        else:
            new = "".join(line + self.newline for line in lines)
        if gone and gone[0].end == place:
            return [Splice(gone[0].start, place, new)]
        return [*gone, Splice(place, place, new)]

    def last_index(self, key: Node, value: Node) -> int:
        """Return the index of the last character of the last line of a block mapping's last entry."""
        if isinstance(value, Mapping) and value.entries and not self.is_flow(value):
            return self.last_index(*value.entries[-1])
        if isinstance(value, ListNode) and value.items and not self.is_flow(value):
            return self.last_index(key, value.items[-1])
        return max(key.end, value.end)

    def flow(self, names: tuple[str, ...], tier: str, *, quote: bool) -> str:
        """Return the entry in flow style: key and tier are in double quotes, so that JSON stays JSON."""
        written = f"{quoted(names[-1])}: {quoted(tier)}"
        for name in reversed(names[:-1]):
            written = f"{quoted(name) if quote else name}: {{{written}}}"
        return written

    def is_flow(self, node: Node) -> bool:
        return self.text[node.start : node.start + 1] in ("{", "[")

    def is_quoted(self, key: Node | None) -> bool:
        return key is not None and self.text[key.start : key.start + 1] in ('"', "'")

    def content_start(self, node: Node) -> int:
        """Return the index where a value begins, after its anchor and tag."""
        if not (isinstance(node, Scalar) and not node.text):
            return node.start
        return after_properties(self.text, node.head, node.end)

    def begin(self, key: Node) -> int:
        """Return the index where a key begins: at the `?` before it, if there is one."""
        before = self.text[: key.head].rstrip(" ")
        is_question = before.endswith("?") and (len(before) == 1 or before[-2] in " \t\r\n{,?:-")
        return len(before) - 1 if is_question else key.head

    def column(self, key: Node) -> int:
        """Return the column of a key, or of the `?` before the key."""
        begin = self.begin(key)
        return begin - self.line_start(begin) + 1

    def line_start(self, index: int) -> int:
        return max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1


def _gap_end(text: str, index: int) -> int:
    gap = _GAP.match(text, index)
    return gap.end() if gap else index


def _refused(node: Node, why: str) -> ResolverError:
    return ResolverError(f"{node.place}: `escalation_state` cannot be written: this {why}")
