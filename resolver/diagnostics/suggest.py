"""Suggestions for a misspelt name: the closest name that exists."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LENGTHS_APART = 8
_MOST_COMPARED = 1_000


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that is closest to `name`, or None if none is close.

    >>> closest("criticc", ["critic", "worker"])
    'critic'
    """
    alike = sorted(candidate for candidate in known if abs(len(candidate) - len(name)) <= _LENGTHS_APART)
    if len(alike) > _MOST_COMPARED:  # comparing takes a while, and names with the same beginning are the likeliest
        alike = [candidate for candidate in alike if candidate[:1] == name[:1]][:_MOST_COMPARED]
    by_folded = {candidate.casefold(): candidate for candidate in reversed(alike)}
    from difflib import get_close_matches  # noqa: PLC0415  only a mistake needs it

    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?" for the name in `known` closest to `name`, or an empty text if none is close."""
    meant = closest(name, known)
    return "" if meant is None else f"did you mean `{meant}`?"


_INDEX = re.compile(r"\d+|(?<![^\W_])[^\W\d_](?![^\W_])")
"""A number, or a letter on its own, which tells names such as `peer_1` and `worker_a` apart on purpose."""
_LONGEST_NAME = 64


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that `name` is a misspelling of, or None if it is a name of its own.

    Names of four letters or more may differ in one letter, those of ten or more in two; two neighbours that changed
    places count as one. Capitals and separators do not count. Names that differ in a number, or in a letter on its own,
    are different names.

    >>> near_miss("exection", ["execution"]), near_miss("peer_4", ["peer_1"]), near_miss("planner", ["critic"])
    ('execution', None, None)
    """
    plain, best = _letters(name), None
    if not 4 <= len(plain) <= _LONGEST_NAME:
        return None
    alike = sorted(candidate for candidate in known if abs(len(candidate) - len(name)) <= _LENGTHS_APART)
    for candidate in alike[:_MOST_COMPARED]:
        other = _letters(candidate)
        if candidate == name or len(other) < 4 or _INDEX.sub("#", candidate) == _INDEX.sub("#", name):
            continue
        allowed = 2 if min(len(plain), len(other)) >= 10 else 1
        distance = _distance(plain, other, allowed)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def _letters(name: str) -> str:
    return re.sub(r"[-_. ]", "", name.casefold())


def _distance(one: str, other: str, limit: int) -> int:
    """Return the number of letters to insert, remove, replace or exchange, or more than `limit` if it is more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, letter_of_other in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != letter_of_other))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == letter_of_other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
