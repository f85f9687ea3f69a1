"""Finds the comments `# resolver: …`, which tell the program something about their line."""

from __future__ import annotations

import re

from resolver.yaml_text.quotes import Literals

_COMMENT = re.compile(r"(?:^|(?<=[ \t\r\n]))#[ \t]*resolver\b(?=([^\r\n]*))", re.IGNORECASE)


def directives(text: str, literals: Literals) -> list[tuple[int, int]]:
    """Return the start and the end of each such comment in a text.

    Args:
        text: The text.
        literals: The parts of it that are quoted or in blocks, where `#` starts no comment.

    >>> text = "a: 1 # resolver: ignore[tab]"
    >>> [text[start:end] for start, end in directives(text, Literals(text))]
    ['# resolver: ignore[tab]']
    """
    return [(match.start(), match.end(1)) for match in _COMMENT.finditer(text) if not literals.has(match.start())]
