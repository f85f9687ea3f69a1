"""Guess what an author meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to `name`, or None if none is close."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?" for the known name closest to `name`, or an empty string if none is close."""
    meant = closest(name, known)
    return "" if meant is None else f"did you mean `{meant}`?"
