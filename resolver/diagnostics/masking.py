"""Masking of secrets in error texts, before the history records them."""

from __future__ import annotations

import re

LONGEST_ERROR = 500
"""Length, in characters, to which an error is cut."""

_LONGEST_READ = 4_000
"""Characters of an error that are searched for secrets. An error can be a whole page; only its start is kept."""

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
    """Return `error` without text that looks like a key, a token or a password, cut at `LONGEST_ERROR` characters.

    >>> masked("401 Unauthorized: api_key=sk-123456789 is not valid")
    '401 Unauthorized: api_key=*** is not valid'
    """
    error = _NAMED.sub(rf"\1{_HIDDEN}", error[:_LONGEST_READ])
    error = _BEARER.sub(rf"\1 {_HIDDEN}", error)
    error = _IN_URL.sub(rf"\1{_HIDDEN}@", _KEYS.sub(_HIDDEN, error))
    return error if len(error) <= LONGEST_ERROR else error[: LONGEST_ERROR - 1] + "…"
