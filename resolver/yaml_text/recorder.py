"""Recording of the events of a YAML text in flat lists, without a tree."""

from __future__ import annotations

from array import array
from typing import Any

import yaml

from resolver.diagnostics import Source
from resolver.yaml_text.nodes import Node
from resolver.yaml_text.parser import DEEPEST, EventReader
from resolver.yaml_text.scalars import FIRST, WORDS, plain_value

END = ("end",)
"""The value of the event that ends a list or a mapping."""

_KINDS = {yaml.MappingStartEvent: "mapping", yaml.SequenceStartEvent: "list"}
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Recorder(EventReader):
    """Reads a text as the loader does, and records for each event the data of an outline."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.values: list[Any] = []
        self.starts, self.ends = array("q"), array("q")
        self.closes: dict[int, int] = {}
        self.flat: set[int] = set()
        self.roots: list[int] = []
        self.document_starts: list[int] = []
        self.unseen = bool(self.hidden) or "\ufeff" in source.text
        """True if the text has characters that are allowed only inside quotes."""
        self.words: dict[str, bool] = {}

    def begin_document(self, start: int) -> None:
        self.document_starts.append(start)

    def node(self, event: Any, depth: int) -> Node:
        self.roots.append(len(self.values))
        opened: list[tuple[int, int]] = []
        values, next_event, words = self.values, self.loader.get_event, self.words
        is_bare = not self.unseen and "&" not in self.source.text and "!" not in self.source.text
        add, add_start, add_end, scalar = values.append, self.starts.append, self.ends.append, yaml.ScalarEvent
        while True:
            kind, start, end = event.__class__, event.start_mark.index, event.end_mark.index
            if kind is scalar:
                text = event.value
                # Without anchors and tags, every quoted scalar is text, and so are most plain words.
                if is_bare and (event.style or words.get(text) or (text not in WORDS and text[0] not in FIRST)):
                    add(text)
                else:
                    add(self.meaning(event, start, end))
            elif kind in _KINDS:
                opened.append((len(values), len(self.closes)))
                if len(opened) > DEEPEST + 1:
                    raise self.too_deep(start, end)
                values.append((_KINDS[kind], event.tag, event.anchor))
            elif kind in _ENDS:
                first, closed = opened.pop()
                if closed == len(self.closes):
                    self.flat.add(first)
                self.closes[first] = len(values)
                values.append(END)
            else:
                values.append(("alias", None, event.anchor))
            add_start(start)
            add_end(end)
            if not opened:
                break
            event = next_event()
        self.left -= len(values) - self.roots[-1]
        if self.left < 0:
            raise self.refused("too-large", "the file has too many pieces of YAML", 0)
        return Node(self.source, 0, 0, 0)

    def meaning(self, event: Any, start: int, end: int) -> str | tuple[str, str, str | None, str | None]:
        """Return the text of a scalar that is just a text, or a tuple for every other scalar."""
        text: str = event.value
        if self.unseen:
            text = text.translate(self.shown)
            if event.style:
                self.literals.add(start, end, block=event.style in "|>")
        plain = not event.style and event.tag is None
        if plain and text not in self.words:
            self.words[text] = isinstance(plain_value(text), str)
        is_text = not plain or self.words[text]
        if is_text and event.tag is None and event.anchor is None:
            return text
        return "text" if is_text else "plain", text, event.tag, event.anchor
