"""YAML text to nodes, by libyaml's events.

libyaml is 40 times faster than a reader in Python, and safe only when asked for events: its `compose` overflows the C
stack on deep nesting. What is bounded here is bounded before any tree is built.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path
from typing import Any

import yaml

from resolver.diagnostics import Diagnostic, Level, Place, ResolverError, Source
from resolver.loader.nodes import Alias, Mapping, Node, Scalar, Sequence
from resolver.loader.scalars import plain_value

try:
    from yaml import CBaseLoader
except ImportError as error:  # pragma: no cover - PyYAML's wheels all have it
    raise ImportError("PyYAML was built without libyaml (`CBaseLoader` is missing); install a wheel of it") from error

LARGEST_FILE = 20 * 2**20
"""Bytes of a file."""
MOST_EVENTS = 1_000_000
DEEPEST = 100
"""Levels of nesting."""

_BREAKS = "\x85\u2028\u2029"
_CORE_TAG = "tag:yaml.org,2002:"
_CORE_TAGS = frozenset(_CORE_TAG + name for name in ("str", "map", "seq"))
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#", re.MULTILINE)


def read_source(path: Path, name: str) -> Source | Diagnostic:
    """Return the text of the file at `path`, to be called `name` in diagnostics; ResolverError if it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ResolverError(f"cannot read `{name}`: {error.strerror or error}") from error
    if len(data) > LARGEST_FILE:
        limit = f"the file is larger than {LARGEST_FILE // 2**20} MiB"
        return Diagnostic("too-large", limit, Place(Source(name, ""), 1, 1), "a policy of that size is a mistake")
    try:
        return Source(name, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace").removeprefix("\ufeff"))
        at = Place(source, *source.position(len(data[: error.start].decode("utf-8").removeprefix("\ufeff"))))
        return Diagnostic("encoding", f"byte {data[error.start]:#04x} is not UTF-8", at, "save the file as UTF-8")


def read_documents(source: Source) -> tuple[list[Node], list[Diagnostic]]:
    """Return the documents of `source` and what is wrong with it; with an error, there are no documents."""
    reader = _Reader(source)
    try:
        documents = reader.documents()
    except _RefusedError as refused:
        return [], [refused.diagnostic]
    return documents, reader.warnings()


class _RefusedError(Exception):
    """The text cannot be read; carries the diagnostic out of the recursion."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.left = MOST_EVENTS
        self.anchors: dict[str, Node] = {}
        self.literal: list[tuple[int, int]] = []
        # YAML 1.2 has three characters that libyaml takes for line breaks: hide them from it, same length.
        unused = (chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in source.text)
        self.hidden = {c: next(unused) for c in _BREAKS if c in source.text}
        self.shown = str.maketrans({hidden: c for c, hidden in self.hidden.items()})
        self.loader: Any = None

    def documents(self) -> list[Node]:
        text = self.source.text
        for shown, hidden in self.hidden.items():
            text = text.replace(shown, hidden)
        documents = []
        try:
            self.loader = CBaseLoader(text)
            self.event()
            while not isinstance(event := self.event(), yaml.StreamEndEvent):
                assert isinstance(event, yaml.DocumentStartEvent)
                self.anchors = {}
                documents.append(self.node(self.event(), 0))
                self.event()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.refused("syntax", _plain_words(error), min(mark.index, len(text)) if mark else 0) from error
        except yaml.reader.ReaderError as error:
            at = next((i for i, c in enumerate(self.source.text) if ord(c) == error.character), 0)
            character = f"character U+{error.character:04X} is not allowed in YAML"
            raise self.refused(
                "syntax", character, at, "write it as an escape in double quotes, such as `\\u0007`"
            ) from error
        finally:
            if self.loader is not None:
                self.loader.dispose()
        self.check_breaks()
        return documents

    def refused(self, code: str, message: str, at: int, help: str = "") -> _RefusedError:
        return _RefusedError(Diagnostic(code, message, Place(self.source, *self.source.position(at)), help))

    def event(self) -> Any:
        self.left -= 1
        event = self.loader.get_event()
        if self.left < 0:
            raise self.refused("too-large", f"more than {MOST_EVENTS:,} pieces of YAML", event.start_mark.index)
        return event

    def node(self, event: Any, depth: int) -> Node:
        start, end = event.start_mark.index, _end(event)
        if depth > DEEPEST:
            raise self.refused("too-deep", f"nested more than {DEEPEST} levels deep", start)
        if isinstance(event, yaml.AliasEvent):
            if (target := self.anchors.get(str(event.anchor))) is None:
                raise self.refused("syntax", f"alias `*{event.anchor}` has no anchor before it", start)
            return Alias(self.source, start, end, weight=target.weight, target=target)
        tag = None if event.tag in _CORE_TAGS or event.tag == "!" else event.tag
        if isinstance(event, yaml.ScalarEvent):
            node: Node = self.scalar(event, self.after_properties(event, start), end, tag)
        elif isinstance(event, yaml.SequenceStartEvent):
            sequence = node = Sequence(self.source, self.after_properties(event, start), end, tag)
            while not isinstance(inner := self.event(), yaml.SequenceEndEvent):
                sequence.items.append(item := self.node(inner, depth + 1))
                node.weight += item.weight
            node.end = _end(inner)
        else:
            mapping = node = Mapping(self.source, self.after_properties(event, start), end, tag)
            while not isinstance(inner := self.event(), yaml.MappingEndEvent):
                key = self.node(inner, depth + 1)
                value = self.node(self.event(), depth + 1)
                mapping.entries.append((key, value))
                node.weight += key.weight + value.weight
            node.end = _end(inner)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: Any, start: int, end: int, tag: str | None) -> Scalar:
        text: str = event.value.translate(self.shown) if self.hidden else event.value
        if event.style:
            header = self.source.text.find("\n", start, end) + 1 if event.style in "|>" else start
            self.literal.append((header, end))
        plain = not event.style and event.tag is None
        return Scalar(self.source, start, end, tag, value=plain_value(text) if plain else text, text=text)

    def after_properties(self, event: Any, start: int) -> int:
        """Return where a node itself starts: libyaml's mark is at its anchor or tag, if it has one."""
        if not event.anchor and not event.tag:
            return int(start)
        match = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+|[&!][^\s,\[\]{}]*(?=[\"'\[{]))*").match(self.source.text, start)
        return match.end() if match and match.end() <= event.end_mark.index else int(start)

    def check_breaks(self) -> None:
        for index, c in enumerate(self.source.text if self.hidden else ""):
            if c in self.hidden and not (self.is_content(index) and self.is_quoted(index)):
                what = f"character U+{ord(c):04X}, which some programs take for a line break, stands outside quotes"
                raise self.refused("syntax", what, index, "remove it, or put the text in quotes")

    def warnings(self) -> list[Diagnostic]:
        """Return a warning for each line whose tabs this reader reads and readers written in Python refuse."""
        found: dict[int, Diagnostic] = {}
        at = -1
        while (at := self.source.text.find("\t", at + 1)) != -1:
            line, column = self.source.position(at)
            if line not in found and not self.is_content(at) and not self.is_comment(at, at - column + 1):
                message = "a tab stands between the parts of this line, which some YAML readers refuse"
                place = Place(self.source, line, column)
                found[line] = Diagnostic("tab", message, place, "use spaces", Level.WARNING)
        return list(found.values())

    def is_content(self, index: int) -> bool:
        """Tell whether the code point at `index` is inside a quoted or block scalar."""
        at = bisect_right(self.literal, (index, len(self.source.text)))
        return at > 0 and index < self.literal[at - 1][1]

    def is_quoted(self, index: int) -> bool:
        at = bisect_right(self.literal, (index, len(self.source.text)))
        return self.source.text[self.literal[at - 1][0]] in "\"'"

    def is_comment(self, index: int, line_start: int) -> bool:
        starts = _COMMENT.finditer(self.source.text, line_start, index)
        return any(not self.is_content(start.start()) for start in starts)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _plain_words(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or "this is not YAML").replace("did not find expected", "expected")
    context = f" {error.context}" if error.context else ""
    return f"{problem}{context}"
