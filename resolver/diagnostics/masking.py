"""Error texts for the history: shortened, and with keys and tokens masked."""

from __future__ import annotations

import os
import re

LONGEST_ERROR = 500
"""Length, in characters, to which an error is cut."""

_LONGEST_READ = 4_000
"""Characters of an error that are searched; an error may be a whole page, and its beginning is kept."""

_HIDDEN = "***"
_SECRET_VARIABLE = re.compile(r"(?:API_KEY|TOKEN|SECRET|PASSWORD)(?:_\d+)?$")
"""The end of the names of variables that hold keys, such as `GROQ_API_KEY_1`."""
_SHORTEST_VALUE = 8
"""Characters of the shortest value that is masked: a short one may be a part of any word."""
_MOST_VALUES = 1_000
_VALUES: dict[str, None] = {}
"""Keys from variables with other names."""
_NAMED = re.compile(
    r"""(?ix) \b ((?:[\w-]{0,40}(?:api[-_]?key|token|secret|passw(?:or)?d)|authorization) ["']? \s* [:=] \s* ["']?)
    (?:(?:bearer|basic)\s+)? [^\s"',;}&]+""",
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_KEYS = re.compile(
    r"\b(?:sk|gsk|csk|pk|rk|xai|hf|ghp|glpat)[-_][A-Za-z0-9_-]{8,}|\bAIza[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9._-]{20,}"
)
_IN_URL = re.compile(r"\b(\w{1,20}://[^\s/:@]*:)[^\s/@]+@")


def keep_secret(value: str) -> None:
    """Mask `value` from now on, wherever its variable is named."""
    if len(value) >= _SHORTEST_VALUE:
        _VALUES[value] = None
        while len(_VALUES) > _MOST_VALUES:
            del _VALUES[next(iter(_VALUES))]


def _without_values(error: str) -> str:
    """Mask the keys that the environment holds, whatever their form."""
    values = {
        value for name, value in os.environ.items() if len(value) >= _SHORTEST_VALUE and _SECRET_VARIABLE.search(name)
    }
    for value in sorted({*values, *_VALUES}, key=len, reverse=True):
        error = error.replace(value, _HIDDEN)
    return error


def masked(error: str) -> str:
    """Return `error` with keys, tokens and passwords masked, cut at 500 characters.

    Example:
        >>> masked("401: invalid key sk-proj-abcdefghijklmnopqrstuvwx")
        '401: invalid key ***'
    """
    error = _without_forms(_without_values(error[:_LONGEST_READ]))
    return error if len(error) <= LONGEST_ERROR else error[: LONGEST_ERROR - 1] + "…"


def looks_like_a_key(text: str) -> bool:
    """Return whether a text has the form of a provider's key, a token or a password in a URL.

    The environment plays no part, so that a policy with the text is judged alike on every host.
    """
    beginning = text[:LONGEST_ERROR]
    return any(map(str.isdigit, beginning)) and _without_forms(beginning) != beginning


def _without_forms(error: str) -> str:
    """Mask what has the form of a key, a token or a password."""
    error = _NAMED.sub(rf"\1{_HIDDEN}", error)
    error = _BEARER.sub(rf"\1 {_HIDDEN}", error)
    return _IN_URL.sub(rf"\1{_HIDDEN}@", _KEYS.sub(_HIDDEN, error))
