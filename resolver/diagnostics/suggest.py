"""Suggestions for a misspelled name: the closest name that exists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

_LENGTHS_APART = 8
_MOST_COMPARED = 1_000
_INDEX = re.compile(r"\d+|(?<![^\W_])[^\W\d_](?![^\W_])")
"""A number, or a letter on its own, which tells names such as `peer_1` and `worker_a` apart on purpose."""
_LONGEST_NAME = 64
LEAST_REPLACED_IN_WORDS = 7
"""Letters of the shortest word in which a replaced letter shows a mistake: `writer` and `waiter` are two words."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that is closest to `name`, or None if none is close.

    Args:
        name: The name as it is written.
        known: The names that exist.

    >>> closest("criticc", ["critic", "worker"])
    'critic'
    """
    alike = _candidates(name, known)
    by_folded = {candidate.casefold(): candidate for candidate in reversed(alike)}
    from difflib import get_close_matches  # noqa: PLC0415  only a mistake needs it

    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?" for the name in `known` closest to `name`, or an empty text if none is close.

    Args:
        name: The name as it is written.
        known: The names that exist.
    """
    meant = closest(name, known)
    return "" if meant is None else f"did you mean `{meant}`?"


def _candidates(name: str, known: Iterable[str]) -> list[str]:
    """Return the names to compare with `name`, sorted; of very many, those that share the most letters at both ends.

    Comparing takes a while. A name with one wrong letter, or with two exchanged, begins or ends rightly.
    """
    alike = sorted(candidate for candidate in known if abs(len(candidate) - len(name)) <= _LENGTHS_APART)
    if len(alike) <= _MOST_COMPARED:
        return alike
    half = max(1, len(name) // 2 - 1)
    begin, end = name[:half], name[-half:]
    likely = [candidate for candidate in alike if candidate.startswith(begin) or candidate.endswith(end)]
    alike = likely or [candidate for candidate in alike if candidate[:1] == name[:1]]
    return sorted(sorted(alike, key=lambda candidate: -_letters_at_ends(name, candidate))[:_MOST_COMPARED])


def _letters_at_ends(left: str, right: str) -> int:
    ends = (zip(left, right, strict=False), zip(reversed(left), reversed(right), strict=False))
    return sum(1 for pairs in ends for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def near_miss(name: str, known: Iterable[str], *, least_replaced: int = 4) -> str | None:
    """Return the name in `known` that `name` is a misspelling of, or None if it is a name of its own.

    Names of four letters or more may differ in one letter, those of ten or more in two; two neighbours that changed
    places count as one. Capitals and separators do not count. Names that differ in a number, or in a letter on its own,
    are different names.

    Args:
        name: The name as it is written.
        known: The other names, which may include it.
        least_replaced: Letters of the shortest name in which one may be replaced. In names that people choose freely,
            few letters are not enough: `test` and `text` are two words. See `LEAST_REPLACED_IN_WORDS`.

    >>> near_miss("exection", ["execution"]), near_miss("peer_4", ["peer_1"]), near_miss("planner", ["critic"])
    ('execution', None, None)
    """
    plain, best = _letters(name), None
    if not 4 <= len(plain) <= _LONGEST_NAME:
        return None
    for candidate in _candidates(name, known):
        other = _letters(candidate)
        if candidate == name or len(other) < 4 or _INDEX.sub("#", candidate) == _INDEX.sub("#", name):
            continue
        allowed = 2 if min(len(plain), len(other)) >= 10 else 1
        if len(plain) == len(other) < least_replaced and sorted(plain) != sorted(other):
            continue
        distance = _distance(plain, other, allowed)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def _letters(name: str) -> str:
    return re.sub(r"[-_. ]", "", name.casefold())


def _distance(left: str, right: str, limit: int) -> int:
    """Return the number of letters to insert, remove, replace or exchange, or more than `limit` if it is more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, letter_of_right in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != letter_of_right))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == letter_of_right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
