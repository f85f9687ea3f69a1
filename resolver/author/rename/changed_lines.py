"""The changes of a text as a unified diff, made from the changes themselves: no texts are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.diagnostics import Source
from resolver.yaml_text.splices import Splice, spliced

_AROUND = 2
"""Lines that are shown before and after a change."""
MOST_LINES = 400
"""Lines of one file's diff that are shown; the rest is counted."""


def unified_diff(source: Source, splices: Sequence[Splice]) -> list[str]:
    r"""Return the lines of a unified diff of `source` and its text after the changes `splices`.

    >>> for line in unified_diff(Source("a.yaml", "a: fast\nb: 1\n"), [Splice(3, 7, "general")]):
    ...     print(line)
    --- a.yaml
    +++ a.yaml
    @@ -1,2 +1,2 @@
    -a: fast
    +a: general
     b: 1
    """
    lines = [f"--- {source.name}", f"+++ {source.name}"]
    shift = 0
    for hunk in _hunks(source, splices):
        body, shift = _hunk(source, hunk, shift)
        lines += body
    if (more := len(lines) - MOST_LINES) > 0:
        lines = [*lines[:MOST_LINES], f"… and {more:,} more lines"]
    return lines


def _hunks(source: Source, splices: Sequence[Splice]) -> Iterator[list[Splice]]:
    """Yield the changes in groups whose lines, with the lines around them, touch each other."""
    hunk: list[Splice] = []
    for splice in splices:
        if hunk and source.position(splice.start)[0] - source.position(hunk[-1].end)[0] > 2 * _AROUND:
            yield hunk
            hunk = []
        hunk.append(splice)
    if hunk:
        yield hunk


def _hunk(source: Source, splices: Sequence[Splice], shift: int) -> tuple[list[str], int]:
    """Return the lines of one hunk, and by how many lines the new text is longer after it."""
    first = max(1, source.position(splices[0].start)[0] - _AROUND)
    last = min(_last_line(source), source.position(splices[-1].end)[0] + _AROUND)
    body: list[str] = []
    old_count, new_count, line, rest = 0, 0, first, list(splices)
    while line <= last:
        stop, mine = line, list[Splice]()
        while rest and source.position(rest[0].start)[0] <= stop:
            mine.append(rest.pop(0))
            stop = max(stop, source.position(mine[-1].end)[0])
        old = [source.line(number) for number in range(line, stop + 1)]
        if mine:
            at = source.bounds(line)[0]
            moved = [Splice(splice.start - at, splice.end - at, splice.text) for splice in mine]
            new = Source("", spliced(source.text[at : source.bounds(stop)[1]], moved))
            news = [new.line(number) for number in range(1, new.position(len(new.text))[0] + 1)]
            before, after = _same_ends(old, news)
            body += [f" {text}" for text in old[:before]]
            body += [f"-{text}" for text in old[before : len(old) - after]]
            body += [f"+{text}" for text in news[before : len(news) - after]]
            body += [f" {text}" for text in old[len(old) - after :]]
            new_count += len(news)
        else:
            body += [f" {text}" for text in old]
            new_count += len(old)
        old_count += len(old)
        line = stop + 1
    head = f"@@ -{first},{old_count} +{first + shift},{new_count} @@"
    return [head, *body], shift + new_count - old_count


def _same_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many lines are the same at the start, and at the end."""
    most = min(len(old), len(new))
    before = next((number for number in range(most) if old[number] != new[number]), most)
    most -= before
    after = next((number for number in range(most) if old[-1 - number] != new[-1 - number]), most)
    return before, after


def _last_line(source: Source) -> int:
    """Return the number of the last line, not counting an empty one after the last line end."""
    line, column = source.position(len(source.text))
    return max(1, line - (column == 1))
