"""The parts of a YAML text that are the content of quotes and blocks, where any character means itself."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n?|\n")


class Literals:
    """The quoted and block scalars of a text, added in their order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.blocks: list[bool] = []

    def add(self, start: int, end: int, *, block: bool) -> None:
        """Add the scalar from `start` to `end`. The line with the `|` or `>` of a block is not content."""
        if block:
            header = _LINE_END.search(self.text, start, end)
            start = header.end() if header else end
        self.starts.append(start)
        self.ends.append(end)
        self.blocks.append(block)

    def has(self, index: int) -> bool:
        """Return whether the code point at `index` is in a quoted or block scalar."""
        at = bisect_right(self.starts, index) - 1
        return at >= 0 and index < self.ends[at]

    def quoted(self, index: int) -> bool:
        """Return whether the code point at `index` is in a quoted scalar."""
        return self.has(index) and not self.blocks[bisect_right(self.starts, index) - 1]
