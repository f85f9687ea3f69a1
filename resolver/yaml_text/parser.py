"""Parses YAML text into nodes, from libyaml's events.

libyaml is 40 times faster than a reader in Python, and safe only as a source of events: its `compose` overflows the C
stack on deep nesting. All limits are checked before any tree is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from resolver.diagnostics import Diagnostic, Source
from resolver.yaml_text.directives import tag_directive
from resolver.yaml_text.nodes import Alias, Mapping, Node, Scalar, Sequence
from resolver.yaml_text.quotes import Literals
from resolver.yaml_text.scalars import plain_value

try:
    from yaml import CBaseLoader
except ImportError as error:  # pragma: no cover - PyYAML's wheels all have it
    raise ImportError("PyYAML was built without libyaml (`CBaseLoader` is missing); install a wheel of it") from error

MOST_EVENTS = 300_000
"""The largest number of events in a file, of which a row has two: any use of them takes less than ten seconds."""
DEEPEST = 100
"""The deepest nesting, with aliases expanded."""

_BREAKS = "\x85\u2028\u2029"
_UNSEEN = re.compile(f"[{_BREAKS}\ufeff]")
_CORE_TAG = "tag:yaml.org,2002:"
_PROPERTY = re.compile(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")
_SPACE = re.compile(r"(?:[ \t\r\n]+(?:#[^\r\n]*)?)*")


class RefusedError(Exception):
    """The text is not valid; carries the diagnostic out of the recursion."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


class EventReader:
    """Parses one text; afterwards `literals` has the parts of it that are the content of quotes and blocks."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.literals = Literals(source.text)
        self.left = MOST_EVENTS
        self.anchors: dict[str, Node | None] = {}
        # libyaml reads three characters as line breaks that YAML 1.2 does not: replace each with an unused character.
        unused = _unused(source.text)
        self.hidden = {c: next(unused, "") for c in _BREAKS if c in source.text}
        self.shown = str.maketrans({hidden: c for c, hidden in self.hidden.items() if hidden})
        self.loader: Any = None
        self.next: Callable[[], Any]

    def documents(self) -> list[Node]:
        """Return the documents of the text.

        Raises:
            RefusedError: The text is not valid YAML, has a `%TAG` directive, or exceeds a limit.
        """
        text = self.source.text
        for shown, hidden in self.hidden.items():
            if not hidden:
                message = f"this file has the character U+{ord(shown):04X} and all that are for private use"
                raise self.refused("syntax", message, 0, help="write them as escapes in double quotes")
            text = text.replace(shown, hidden)
        if (index := tag_directive(text)) is not None:
            help = "remove the line: a policy is plain text, numbers, lists and mappings"
            raise self.refused("tag", "the directive `%TAG` is not allowed", index, index + len("%TAG"), help)
        documents = []
        try:
            self.loader = CBaseLoader(text)
            self.next = self.loader.get_event
            self.event()
            while not isinstance(event := self.event(), yaml.StreamEndEvent):
                assert isinstance(event, yaml.DocumentStartEvent)
                assert event.start_mark is not None
                self.anchors = {}
                self.begin_document(int(event.start_mark.index))
                documents.append(self.node(self.event(), 0))
                self.event()
        except yaml.MarkedYAMLError as error:
            if "nesting" in (error.problem or ""):  # libyaml has a limit of its own, which it may reach first
                at = error.problem_mark.index if error.problem_mark else 0
                raise self.too_deep(at, at + 1) from error
            from resolver.yaml_text.syntax import in_our_words  # noqa: PLC0415  only a mistake needs it

            message, start, end, help = in_our_words(error, self.source)
            line = start - self.source.position(start)[1] + 1
            self.check_unseen(line, end)  # libyaml seldom says that an invisible character is the problem
            raise self.refused("syntax", message, start, end, help) from error
        except yaml.reader.ReaderError as error:
            index = next((i for i, c in enumerate(text) if ord(c) == error.character), 0)
            message = f"the character U+{error.character:04X} is not allowed in YAML"
            escape = f"\\x{error.character:02X}" if error.character < 0x100 else f"\\u{error.character:04X}"
            help = f"remove it; in double quotes it can be written as `{escape}`"
            raise self.refused("syntax", message, index, index + 1, help) from error
        finally:
            if self.loader is not None:
                self.loader.dispose()
        self.check_unseen(0, len(text))
        return documents

    def begin_document(self, start: int) -> None:
        """Note that a document begins at `start`, with its directives and `---` if it has any."""

    def refused(self, code: str, message: str, start: int, end: int = 0, help: str = "") -> RefusedError:
        return RefusedError(Diagnostic(code, message, self.source.place(start, max(start + 1, end)), help))

    def event(self) -> Any:
        self.left -= 1
        event = self.next()
        if self.left < 0:
            help = "a policy of that size is a mistake"
            index = event.start_mark.index
            raise self.refused("too-large", f"the file has more than {MOST_EVENTS:,} pieces of YAML", index, help=help)
        return event

    def node(self, event: Any, depth: int) -> Node:
        head, end = event.start_mark.index, event.end_mark.index
        if type(event) is yaml.ScalarEvent and not event.anchor and depth <= DEEPEST:
            return self.scalar(event, head, end)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(str(event.anchor), head, end, depth)
        if depth > DEEPEST:
            raise self.too_deep(head, end)
        if event.anchor:
            self.anchors[event.anchor] = None
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event, head, end)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Sequence(self.source, self.opening(event), end, head, _custom(event.tag, "seq"))
            while not isinstance(inner := self.event(), yaml.SequenceEndEvent):
                node.items.append(self.node(inner, depth + 1))
            node.close(_end(inner), node.items)
        else:
            node = Mapping(self.source, self.opening(event), end, head, _custom(event.tag, "map"))
            add, take, below = node.entries.append, self.event, depth + 1
            while type(inner := take()) is not yaml.MappingEndEvent:
                add((self.node(inner, below), self.node(take(), below)))
            node.close(_end(inner), [part for entry in node.entries for part in entry])
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, name: str, start: int, end: int, depth: int) -> Alias:
        if name not in self.anchors:
            help = f"mark a value with `&{name}` first, or put `*{name}` in quotes if it is meant as text"
            raise self.refused("syntax", f"the alias `*{name}` names no value before it", start, end, help)
        target = self.anchors[name]
        if target is None:
            help = "write the value out"
            raise self.refused("syntax", f"the alias `*{name}` is inside the value that it names", start, end, help)
        if depth + target.height > DEEPEST:
            raise self.too_deep(start, end)
        return Alias(self.source, start, end, start, weight=target.weight, height=target.height, target=target)

    def too_deep(self, start: int, end: int) -> RefusedError:
        return self.refused("too-deep", f"nested more than {DEEPEST} levels deep", start, end, "write fewer brackets")

    def scalar(self, event: Any, head: int, end: int) -> Scalar:
        if not (event.tag or event.anchor or self.hidden) and head < end:  # most scalars, and every entry
            text = event.value
            if not event.style:
                return Scalar(self.source, head, end, head, None, 1, 0, plain_value(text), text)
            self.literals.add(head, end, block=event.style in "|>")
            return Scalar(self.source, head, end, head, None, 1, 0, text, text)
        start = head
        for _ in range(bool(event.anchor) + bool(event.tag)):  # the mark is at an anchor or tag, if there is one
            match = _PROPERTY.match(self.source.text, start)
            blank = _SPACE.match(self.source.text, match.end() if match else start)
            start = blank.end() if blank else start
        if start >= end:  # an empty value: only its anchor or tag can be shown
            start = head
        text = event.value.translate(self.shown) if self.hidden else event.value
        if event.style:
            self.literals.add(start, end, block=event.style in "|>")
        plain = not event.style and event.tag is None
        value = plain_value(text) if plain else text
        return Scalar(self.source, start, end, head, _custom(event.tag, "str"), value=value, text=text)

    def opening(self, event: Any) -> int:
        """Return the start of a list or a mapping; the event's start is that of its anchor or tag, if there is one."""
        head, end = event.start_mark.index, event.end_mark.index
        if head == end or not (event.anchor or event.tag):
            return int(head)
        # The event ends after a bracket, after the `-` of a list that is not indented, or before the first entry.
        return int(end - (self.source.text[end - 1] in "[{-"))

    def check_unseen(self, start: int, end: int) -> None:
        if self.source.text.isascii():
            return
        for match in _UNSEEN.finditer(self.source.text, start, end):
            if not self.literals.quoted(match.start()):
                taken = "a line break" if match[0] in _BREAKS else "the start of a file"
                message = (
                    f"the character U+{ord(match[0]):04X}, which some programs take for {taken}, is outside quotes"
                )
                raise self.refused("syntax", message, match.start(), help="remove it, or put the text in quotes")


def after_properties(text: str, start: int, end: int) -> int:
    """Return the end of the anchor and the tag between `start` and `end`, or `start` if there are none."""
    last = index = start
    while index < end and (match := _PROPERTY.match(text, index, end)):
        last = match.end()
        blank = _SPACE.match(text, last)
        index = blank.end() if blank else last
    return last


def _unused(text: str) -> Iterator[str]:
    """Yield private-use characters that `text` has neither literally nor as an escape."""
    folded = text.casefold()
    yield from (chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text and f"{code:04x}" not in folded)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _custom(tag: str | None, kind: str) -> str | None:
    """Return `tag` unless a node of this kind has that tag anyway."""
    return None if tag in ("!", _CORE_TAG + kind) else tag
