"""Splices: changes of a text that leave everything between them alone."""

from __future__ import annotations

from collections.abc import Sequence

from resolver.frozen import frozen


@frozen
class Splice:
    """A change of a text: `text` replaces the characters from `start` to `end` (exclusive)."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return `text` with the changes `splices`, which must be in order and not overlap.

    >>> spliced("a: fast", [Splice(3, 7, "general")])
    'a: general'
    """
    parts, end = [], 0
    for splice in splices:
        parts += [text[end : splice.start], splice.text]
        end = splice.end
    return "".join((*parts, text[end:]))
