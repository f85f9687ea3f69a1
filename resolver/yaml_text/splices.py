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


def joined(first: Sequence[Splice], second: Sequence[Splice]) -> list[Splice]:
    """Return the changes that do at once what `first` does, and then `second` to the text afterwards.

    Args:
        first: Changes of a text, in order and without overlaps.
        second: Changes of the text that `first` makes, in order and without overlaps.

    >>> joined([Splice(3, 3, "very ")], [Splice(8, 12, "slow")])
    [Splice(start=3, end=7, text='very slow')]
    """
    changes = [*first]
    for splice in reversed(second):
        changes = _followed_by(changes, splice)
    return changes


def _followed_by(changes: Sequence[Splice], new: Splice) -> list[Splice]:
    """Return changes with one more, which takes in those that it touches."""
    before: list[Splice] = []
    after: list[Splice] = []
    start, end, text = new.start, new.end, new.text
    shift = 0
    for splice in changes:
        first, last = splice.start + shift, splice.start + shift + len(splice.text)
        growth = len(splice.text) - (splice.end - splice.start)
        shift += growth
        if last < new.start:
            before.append(splice)
            start -= growth
            end -= growth
        elif first > new.end:
            after.append(splice)
        else:
            if first < new.start:
                text = splice.text[: new.start - first] + text
            if last > new.end:
                text += splice.text[new.end - first :]
            start, end = min(start, splice.start), max(end - growth, splice.end)
    return [*before, Splice(start, end, text), *after]


def trimmed(text: str, splice: Splice) -> Splice:
    r"""Return a change of `text` without the characters at both ends that stay; a line is added behind the one before.

    >>> trimmed("a\n", Splice(0, 2, "a\nb\n"))
    Splice(start=1, end=1, text='\nb')
    """
    start, end, new = splice.start, splice.end, splice.text
    while start < end and new and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    while start < end and new and text[start] == new[0]:
        start, new = start + 1, new[1:]
    return Splice(start, end, new)
