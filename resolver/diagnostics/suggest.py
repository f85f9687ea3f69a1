"""Suggestions for a misspelt name: the closest name that exists."""

from __future__ import annotations

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
