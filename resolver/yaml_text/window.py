"""The window on a change: the part of a text with a changed entry, its path and its neighbours, for a second reader.

The same parts are cut from the old and the new text. So a reader that takes seconds for a large file judges every
change in milliseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from resolver.diagnostics import ResolverError, Source
from resolver.frozen import frozen
from resolver.yaml_text.entry_path import Way
from resolver.yaml_text.outline import Outline
from resolver.yaml_text.recorder import END
from resolver.yaml_text.splices import Splice, spliced

LONGEST = 32_768
"""The largest number of characters of a window; the path to an entry and its neighbours take some hundreds."""
_LONGEST_PART = 500
"""The length of a neighbour's value, or of comments, above which a word replaces it, or nothing does."""
_WORD = "x"
_COMMENT_LINES = re.compile(r"(?<=[\r\n])(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n]))+")
"""Whole lines that are comments or blank."""


@frozen
class Window:
    """The same parts of a text before and after a change.

    `values` are the values of libyaml's events in the old part, None if it has no document.
    """

    old: str
    new: str
    names: tuple[str, ...]
    values: list[Any] | None


def window_of(outline: Outline, way: Way, key: str, splices: Sequence[Splice]) -> Window:
    """Return the window for a change of an entry.

    Raises ResolverError if the part that must stay is too long, or the parts cannot be separated.
    """
    cutter = _Cutter(outline, splices[0].start, splices[-1].end)
    names = cutter.cut(way, (*way.names, key))
    old = spliced(outline.source.text, sorted([*cutter.splices, *cutter.old_only], key=lambda splice: splice.start))
    both = sorted([*cutter.splices, *splices], key=lambda splice: (splice.start, splice.end))
    new = spliced(outline.source.text, both)
    name = outline.source.name
    if max(len(old), len(new)) > LONGEST:
        raise ResolverError(f"`{name}` was not changed: what leads to the entry is too long to be checked")
    try:
        values = Outline(Source(name, old)).values if outline.roots else None
    except ResolverError:
        values = []
    if values is not None and values != cutter.values(way.document):
        # A window that was cut in the wrong place must not judge anything.
        raise ResolverError(f"`{name}` was not changed: what leads to the entry cannot be told from the rest")
    return Window(old, new, names, values)


class _Cutter:
    """Cuts the parts of a text that have nothing to do with a change between the characters `first` and `last`."""

    def __init__(self, outline: Outline, first: int, last: int) -> None:
        self.outline = outline
        self.text = outline.source.text
        self.first, self.last = first, last
        self.splices: list[Splice] = []
        self.old_only: list[Splice] = []
        self.replaced: list[tuple[int, int, list[Any]]] = []
        """The events that are cut, from the first to the last (exclusive), and their replacement."""

    def cut(self, way: Way, names: tuple[str, ...]) -> tuple[str, ...]:
        """Cut everything but the path `names` and its neighbours; return `names` as the window shows them."""
        if not self.outline.roots:
            self.leave_out_lines(0, len(self.text))
            self.splices.sort(key=lambda splice: splice.start)
            return names
        starts, shown = self.outline.document_starts, list(names)
        end = starts[way.document + 1] if way.document + 1 < len(starts) else len(self.text)
        self.leave_out(0, starts[way.document])
        self.leave_out(end, len(self.text))
        event = self.outline.roots[way.document]
        for depth, name in enumerate(names):
            if event not in self.outline.closes:
                break
            key = self.outline.find(event, name)
            end = self.cut_entries(event, key, end)
            if key is None:
                break
            value = self.outline.values[key]
            if value.__class__ is tuple and value[0] == "alias":
                shown[depth] = _word_of(value)
            event = self.outline.after(key)
        self.show_aliases_as_words()
        self.leave_out_comments(way.document, starts[way.document])
        self.splices.sort(key=lambda splice: splice.start)
        return tuple(shown)

    def cut_entries(self, at: int, way: int | None, end: int) -> int:
        """Cut entries of the mapping that begins with the event at `at`, and end before `end`.

        Return the end of the entry `way`, which is named by the event of its key.
        """
        pairs, starts = self.outline.pairs(at), self.outline.starts
        if not pairs:
            return end
        is_flow = self.text[self.outline.node(at).start] == "{"
        first = bisect_right(pairs, self.first, key=lambda pair: starts[pair[0]]) - 1
        last = bisect_right(pairs, self.last, key=lambda pair: starts[pair[0]]) - 1
        index = bisect_left(pairs, (way, 0)) if way is not None else last
        positions = (index - 1, index, index + 1, *range(first - 1, last + 2))
        near = {max(0, min(position, len(pairs) - 1)) for position in positions}
        done = 0
        for kept in (*sorted(near), len(pairs)):
            if done < kept:
                self.cut_run(pairs, done, kept, end, is_flow=is_flow)
            done = kept + 1
            if kept < len(pairs) and kept != index:
                self.shorten(pairs[kept])
        return self.line_of(pairs[index + 1][0]) if not is_flow and index + 1 < len(pairs) else end

    def cut_run(self, pairs: Sequence[tuple[int, int]], run: int, kept: int, end: int, *, is_flow: bool) -> None:
        """Cut the entries from index `run` to index `kept` (exclusive)."""
        begin, is_last = self.begin(pairs[run][0]), kept == len(pairs)
        own_line = not is_flow and not self.text[self.line_start(begin) : begin].strip(" ")
        stop = self.content_end(pairs[kept - 1])
        if is_last and is_flow:
            begin = self.content_end(pairs[run - 1]) if run else begin
        elif is_last and own_line:
            begin = self.line_start(begin)
            stop = self.line_end(stop) if begin < self.last and end > self.first else end
        elif is_last:
            return
        elif own_line:
            begin, stop = self.line_start(begin), self.line_of(pairs[kept][0])
        else:
            stop = self.begin(pairs[kept][0])
        if self.leave_out(begin, stop):
            self.replaced.append((pairs[run][0], self.outline.after(pairs[kept - 1][1]), []))

    def shorten(self, pair: tuple[int, int]) -> None:
        """Replace a neighbour's value by a word if it is long."""
        begin, end = self.outline.starts[pair[1]], self.content_end(pair)
        end = begin + len(self.text[begin:end].rstrip())  # a block scalar includes its last line end
        if end - begin <= _LONGEST_PART:
            return
        # The items of a list can have the same indentation as its key; a word needs more.
        column, of_key = (index - self.line_start(index) for index in (begin, self.begin(pair[0])))
        on_its_own_line = not self.text[self.line_start(begin) : begin].strip(" ")
        indent = " " * (of_key + 1 - column) if on_its_own_line and column <= of_key else ""
        if self.leave_out(begin, end, indent + _WORD):
            self.replaced.append((pair[1], self.outline.after(pair[1]), [_WORD]))

    def show_aliases_as_words(self) -> None:
        """Replace `*a` by a word, since its anchor may have been cut."""
        cuts = sorted(self.splices, key=lambda splice: splice.start)
        starts = [splice.start for splice in cuts]
        for event in self.outline.aliases:
            start = self.outline.starts[event]
            index = bisect_right(starts, start) - 1
            if index >= 0 and start < cuts[index].end:
                continue
            if not self.leave_out(
                start, start + 1, _word_of(())
            ):  # this alias is the entry itself: the new text has a tier there
                self.old_only.append(Splice(start, start + 1, _word_of(())))
            self.replaced.append((event, event + 1, [_word_of(self.outline.values[event])]))

    def leave_out(self, begin: int, end: int, instead: str = "") -> bool:
        """Cut the text from `begin` to `end`, unless the change is in it; return whether it is."""
        if begin >= end or (begin < self.last and end > self.first):
            return False
        self.splices.append(Splice(begin, end, instead))
        return True

    def leave_out_comments(self, document: int, begin: int) -> None:
        """Cut long comments between the remaining parts; the bytes of comments are compared anyway."""
        outline, root = self.outline, self.outline.roots[document]
        gone = sorted(self.replaced, key=lambda part: part[0])
        stop = outline.after(root)
        edges = [root, *(edge for first, last, _ in gone for edge in (first, last)), stop]
        events = (index for first, last in zip(edges[::2], edges[1::2], strict=True) for index in range(first, last))
        end = begin
        for event in events:
            self.leave_out_lines(end, outline.starts[event])
            end = max(end, outline.starts[event] + 1 if event in outline.closes else outline.ends[event])
        starts = outline.document_starts
        self.leave_out_lines(end, starts[document + 1] if document + 1 < len(starts) else len(self.text))

    def leave_out_lines(self, begin: int, end: int) -> None:
        """Cut the lines between `begin` and `end` that are only comments, unless they are few."""
        if end - begin <= _LONGEST_PART:
            return
        cuts = sorted((part.start, part.end) for part in self.splices if part.start < end and part.end > begin)
        edges = [begin, *(edge for cut in (*cuts, (self.first, self.last)) for edge in cut if begin < edge < end), end]
        edges.sort()
        for start, stop in pairwise(edges):
            if not any(first <= start and stop <= last for first, last in cuts):
                for match in _COMMENT_LINES.finditer(self.text, start, stop):
                    self.leave_out(*match.span())

    def values(self, document: int) -> list[Any]:
        """Return the values of the remaining events."""
        outline, left = self.outline, []
        event = outline.roots[document]
        stop = outline.after(event)
        for begin, end, instead in sorted(self.replaced, key=lambda part: part[0]):
            left += [*outline.values[event:begin], *instead]
            event = end
        return left + outline.values[event:stop]

    def begin(self, key: int) -> int:
        """Return the start of an entry: its key, or the `?` before it."""
        at = self.outline.starts[key]
        before = self.text[self.line_start(at) : at].rstrip(" ")
        return self.line_start(at) + len(before) - 1 if before.endswith("?") else at

    def line_of(self, key: int) -> int:
        return self.line_start(self.begin(key))

    def content_end(self, pair: tuple[int, int]) -> int:
        """Return the end of the last piece of an entry; libyaml ends block mappings at the token after them."""
        outline, at = self.outline, self.outline.after(pair[1]) - 1
        while at > pair[0] and outline.values[at] is END and outline.starts[at] == outline.ends[at]:
            at -= 1
        return outline.ends[at]

    def line_start(self, index: int) -> int:
        return max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1

    def line_end(self, index: int) -> int:
        """Return the start of the next line; a block scalar ends where it does."""
        if index and self.text[index - 1] in "\r\n":
            return index
        line_feed, carriage_return = self.text.find("\n", index), self.text.find("\r", index)
        if carriage_return == -1 or -1 < line_feed < carriage_return:
            return line_feed + 1 if line_feed != -1 else len(self.text)
        return carriage_return + (2 if line_feed == carriage_return + 1 else 1)


def _word_of(alias: Sequence[Any]) -> str:
    """Return the word that replaces an alias: its name after a letter, in place of the `*`."""
    return f"a{alias[2] if alias else ''}"
