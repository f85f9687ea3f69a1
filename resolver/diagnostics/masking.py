"""Error texts for the history: shortened, and with keys and tokens masked."""

from __future__ import annotations

import re

LONGEST_ERROR = 500
"""Length, in characters, to which an error is cut."""

_LONGEST_READ = 4_000
"""Characters of an error that are searched; an error may be a whole page, and its beginning is kept."""

_HIDDEN = "***"
_NAMED = re.compile(
    r"""(?ix) \b ((?:[\w-]{0,40}(?:api[-_]?key|token|secret|passw(?:or)?d)|authorization) ["']? \s* [:=] \s* ["']?)
    (?:(?:bearer|basic)\s+)? [^\s"',;}&]+""",
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_KEYS = re.compile(
    r"\b(?:sk|gsk|csk|pk|rk|xai|hf|ghp|glpat)[-_][A-Za-z0-9_-]{8,}|\bAIza[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9._-]{20,}"
)
_IN_URL = re.compile(r"\b(\w{1,20}://[^\s/:@]*:)[^\s/@]+@")


def masked(error: str) -> str:
    """Return `error` with keys, tokens and passwords masked, cut at 500 characters.

    Example:
        >>> masked("401: invalid key sk-proj-abcdefghijklmnopqrstuvwx")
        '401: invalid key ***'
    """
    error = _NAMED.sub(rf"\1{_HIDDEN}", error[:_LONGEST_READ])
    error = _BEARER.sub(rf"\1 {_HIDDEN}", error)
    error = _IN_URL.sub(rf"\1{_HIDDEN}@", _KEYS.sub(_HIDDEN, error))
    return error if len(error) <= LONGEST_ERROR else error[: LONGEST_ERROR - 1] + "…"
