"""Checks that an edited policy file differs from the old one in exactly one entry, before the file is replaced.

Three readers must agree. The bytes outside the change are the same. libyaml reads the same events except for the entry.
ruamel.yaml, which shares no code with libyaml, reads the same in a window of both texts.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from resolver.diagnostics import ResolverError, Source
from resolver.yaml_text.entry_path import Way
from resolver.yaml_text.outline import Change, Outline
from resolver.yaml_text.recorder import END
from resolver.yaml_text.scalars import plain_value
from resolver.yaml_text.splices import Splice, spliced
from resolver.yaml_text.window import Window, window_of

_BETWEEN = re.compile(r"[\s:,{}?]*\Z")
"""The text that may be between the scalars of an entry: white space and the marks of YAML."""
_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_LINE_END = re.compile(r"[\r\n]|\Z")
_CORE = "tag:yaml.org,2002:"
_IMPLIED = frozenset(f"{_CORE}{kind}" for kind in ("str", "map", "seq"))

Tree = tuple[object, ...]


def verified(old: Outline, splices: Sequence[Splice], way: Way, key: str, tier: str | None) -> Outline:
    """Return the outline of an edited text, after checking that the edit changes exactly one entry.

    The splices must set the entry `key`, at the end of `way`, to `tier` (None: remove it), and do nothing else. Raises
    ResolverError if one of the readers sees another change.
    """
    if anchor := old.repeated(way.document, (*way.names, key)):
        why = f"`*{anchor}` repeats elsewhere what would change; write the entry by hand"
        raise ResolverError(f"`{old.source.name}` was not changed: {why}")
    text = spliced(old.source.text, splices)
    try:
        new = Outline(Source(old.source.name, text, old.source.path))
    except ResolverError as error:
        raise not_written(old.source, "it could not be read any more") from error
    change = old.change(way, key, tier)
    if not _is_changed(old.values, new.values, change) or len(new.roots) != max(1, len(old.roots)):
        raise not_written(old.source, "the file would mean something else")
    _verify_bytes(old, new, splices, change, removed=tier is None)
    window = window_of(old, way, key, splices)
    _verify_by_ruamel(old.source, window, tier)
    return new


def _is_changed(old: list[Any], new: list[Any], change: Change) -> bool:
    """Return whether the events `new` are `old` with `change`."""
    end = change.start + len(change.values)
    return (
        len(new) == len(old) - (change.end - change.start) + len(change.values)
        and new[change.start : end] == change.values
        and new[end:] == old[change.end :]
        and new[: change.start] == old[: change.start]
    )


def _verify_bytes(old: Outline, new: Outline, splices: Sequence[Splice], change: Change, *, removed: bool) -> None:
    """Check that the changed bytes belong to the entry: no comment is added or removed, and no other line changes."""
    is_in_empty = change.start == change.end and old.closes.get(change.start - 1) == change.start
    # The edit may remove the braces of an empty mapping, to put the entry on its own line.
    first = _content_before(old, change.start - is_in_empty)
    last = _content_after(old, change.end + is_in_empty)
    if any(splice.start < first or splice.end > last or splice.start > splice.end for splice in splices):
        raise not_written(old.source, "other lines would change")
    # A comment on a line without a splice keeps its bytes, and no edit can join it with another comment.
    first = max(first, _line_start(old.source.text, splices[0].start))
    line_end = _LINE_END.search(old.source.text, splices[-1].end)
    last = min(last, line_end.start() if line_end else last)
    shift = len(new.source.text) - len(old.source.text)
    before = _Gap(old, first, last, change.start, change.end)
    after = _Gap(new, first, last + shift, change.start, change.start + len(change.values))
    kept = before.without_own() if removed else before.comments
    if after.comments not in (before.comments, kept):
        raise not_written(old.source, "a comment would be lost or added")
    moved = 0
    for splice in splices:
        begin = splice.start + moved
        moved += len(splice.text) - (splice.end - splice.start)
        rests = before.rest(splice.start, splice.end), after.rest(begin, begin + len(splice.text))
        if not all(map(_BETWEEN.match, rests)):
            raise not_written(old.source, "something else would change")


class _Gap:
    """The text from `first` to `last` besides the scalars from event `begin` to event `end` (exclusive)."""

    def __init__(self, outline: Outline, first: int, last: int, begin: int, end: int) -> None:
        self._text = outline.source.text
        scalars = [
            event for event in range(begin, end) if event not in outline.closes and outline.values[event] is not END
        ]
        spans = [(outline.starts[event], outline.ends[event]) for event in scalars]
        self._scalars = [(start, end) for start, end in spans if first <= start and end <= last]
        edges = [first, *(edge for span in self._scalars for edge in span), last]
        self._comments = [
            comment.span()
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
            for comment in _COMMENT.finditer(self._text, start, stop)
        ]

    @property
    def comments(self) -> list[str]:
        """The comments, in order."""
        return [self._text[start:end].rstrip() for start, end in self._comments]

    def without_own(self) -> list[str]:
        """Return the comments that are not on the lines of the entry."""
        if not self._scalars:
            return self.comments
        first, last = self._scalars[0][0], _LINE_END.search(self._text, self._scalars[-1][1])
        own = range(first, last.start() if last else 0)
        return [self._text[start:end].rstrip() for start, end in self._comments if start not in own]

    def rest(self, begin: int, end: int) -> str:
        """Return the characters from `begin` to `end` that belong to neither a scalar nor a comment."""
        rest, index = "", begin
        for start, stop in sorted([*self._scalars, *self._comments]):
            rest += self._text[index : max(index, min(start, end))]
            index = max(index, min(stop, end))
        return rest + self._text[index:end]


def _line_start(text: str, index: int) -> int:
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _content_before(outline: Outline, event: int) -> int:
    """Return the end of the last text of an event before `event`."""
    index = event - 1
    while index >= 0 and _has_no_text(outline, index):
        index -= 1
    if index < 0:
        return 0
    return outline.starts[index] if index in outline.closes else outline.ends[index]


def _content_after(outline: Outline, event: int) -> int:
    """Return the start of the first text of `event` or of a later event."""
    index = event
    while index < len(outline.values) and _has_no_text(outline, index):
        index += 1
    if index >= len(outline.values):
        return len(outline.source.text)
    return outline.ends[index] if outline.values[index] is END else outline.starts[index]


def _has_no_text(outline: Outline, at: int) -> bool:
    return outline.starts[at] == outline.ends[at] and (outline.values[at] is END or at in outline.closes)


def _verify_by_ruamel(source: Source, window: Window, tier: str | None) -> None:
    """Check that ruamel.yaml reads in the new window what libyaml reads in the old one, except for the entry.

    If they differ on the old window, such as on what is a number, ruamel.yaml reads both.
    """
    after = _read(window.new)
    if after is not None and window.values is not None:
        before = _tree_of(window.values)
        if before is not None and _with_entry(before, window.names, tier) == after:
            return
    before = _read(window.old)
    if before is None:
        return  # it refuses what the loader warns of, such as tabs, and cannot judge these lines
    if after is None:
        raise not_written(source, "ruamel.yaml could not read it any more")
    if _with_entry(before, window.names, tier) != after:
        raise not_written(source, "to ruamel.yaml the file would mean something else")


def _tree_of(values: Sequence[Any]) -> Tree | None:
    """Return libyaml's reading as plain tuples, None if anything in it has a type or a tag."""
    open_: list[tuple[str, list[Tree]]] = [("", [])]
    for value in values:
        if value.__class__ is str:
            open_[-1][1].append(("text", None, value))
        elif value is END:
            kind, parts = open_.pop()
            content = tuple(zip(parts[::2], parts[1::2], strict=True)) if kind == "map" else tuple(parts)
            open_[-1][1].append((kind, None, content))
        elif value[0] in ("mapping", "list") and value[1] is None:
            open_.append(("map" if value[0] == "mapping" else "list", []))
        elif value[0] == "plain" and plain_value(value[1]) is None:
            open_[-1][1].append(_NOTHING)
        elif value[0] == "text" and value[2] is None:
            open_[-1][1].append(("text", None, value[1]))
        else:
            return None
    return open_[0][1][0]


@lru_cache(maxsize=2)
def _read(text: str) -> Tree | None:
    """Return ruamel.yaml's reading, None if it refuses the text or fails."""
    from ruamel.yaml import YAML  # noqa: PLC0415  only a write needs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of an anchor that is defined twice, which is allowed
        try:
            documents = [_tree(document) for document in YAML(typ="safe", pure=True).compose_all(text)]
        except Exception:
            return None
    if len(documents) > 1:
        return None
    return documents[0] if documents else _NOTHING


_NOTHING: Tree = ("text", f"{_CORE}null", "")


def _tree(node: Any) -> Tree:
    """Return a node of ruamel.yaml as nested tuples."""
    if node is None:
        return _NOTHING
    tag = None if str(node.tag) in _IMPLIED else str(node.tag)
    if isinstance(node.value, str):
        is_null = tag == f"{_CORE}null"
        return ("text", tag, "" if is_null else node.value)
    if any(isinstance(item, tuple) for item in node.value) or str(node.tag).endswith(":map"):
        return ("map", tag, tuple((_tree(key), _tree(value)) for key, value in node.value))
    return ("list", tag, tuple(_tree(item) for item in node.value))


def _with_entry(tree: Tree, names: tuple[str, ...], tier: str | None) -> Tree:
    """Return `tree` with `tier` at the end of the path `names`, or without that entry if `tier` is None."""
    if not names:
        implied = tree[0] != "text" or tree[1] is None or str(tree[1]).startswith(_CORE)
        return ("text", None if implied else tree[1], tier)
    name, rest = names[0], names[1:]
    kind, tag, entries = tree
    if kind != "map":
        return ("map", None, ((("text", None, name), _with_entry(_NOTHING, rest, tier)),))
    assert isinstance(entries, tuple)
    changed, is_there = [], False
    for key, value in entries:
        if is_there or key[0] != "text" or key[2] != name:
            changed.append((key, value))
            continue
        is_there = True
        if rest or tier is not None:
            changed.append((key, _with_entry(value, rest, tier)))
    if not is_there:
        changed.append((("text", None, name), _with_entry(_NOTHING, rest, tier)))
    return ("map", tag, tuple(changed))


def not_written(source: Source, why: str) -> ResolverError:
    """Return the error of an entry that is not written, for the reason `why`."""
    return ResolverError(f"`{source.name}` was not changed: with the entry {why}; write it by hand")
