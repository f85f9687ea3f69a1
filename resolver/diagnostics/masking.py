"""Error texts for the history: shortened, and with keys and tokens masked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from resolver.diagnostics.named_secrets import HIDDEN
from resolver.diagnostics.secret_forms import without_named_secrets, without_secrets

LONGEST_ERROR = 500
"""Length, in characters, to which an error is cut."""

_LONGEST_READ = 4_000
"""Characters of an error that are searched; an error may be a whole page, and its beginning is kept."""

_MOST_TIMES = 10
"""Times that a text is masked again until nothing changes."""

_SECRET_VARIABLE = re.compile(r"(?:API_KEY|TOKEN|SECRET|PASSWORD)(?:_\d+)?$")
"""The end of the names of variables that hold keys, such as `GROQ_API_KEY_1`."""
_SHORTEST_VALUE = 8
"""Characters of the shortest value that is masked: a short one may be a part of any word."""
_MOST_VALUES = 1_000
_VALUES: dict[str, None] = {}
"""Keys from variables with other names."""
_KNOWN: dict[str, None] = {}
"""Texts that look mixed and are no secrets: the models' ids of policies."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that nobody sees; within a key they would hide its form."""

_LAST_RUN = re.compile(r"\S{1,400}\Z")


def keep_secret(value: str) -> None:
    """Mask `value` from now on, wherever its variable is named."""
    if len(value) >= _SHORTEST_VALUE:
        _VALUES[value] = None
        while len(_VALUES) > _MOST_VALUES:
            del _VALUES[next(iter(_VALUES))]


def keep_known(texts: Iterable[str]) -> None:
    """Do not mask these texts from now on, however mixed they look, unless they come after a secret's name."""
    for text in texts:
        _KNOWN[text] = None
        while len(_KNOWN) > _MOST_VALUES:
            del _KNOWN[next(iter(_KNOWN))]


def masked(error: str) -> str:
    """Return `error` with keys, tokens, passwords and cookies masked, cut at 500 characters.

    Masking the result again does not change it.

    Example:
        >>> masked("401: invalid key sk-proj-abcdefghijklmnopqrstuvwx")
        '401: invalid key ***'
    """
    read = error if len(error) <= _LONGEST_READ else _LAST_RUN.sub("", error[:_LONGEST_READ])  # it may be half a key
    read = without_known_secrets(read)
    is_whole = len(read) <= LONGEST_ERROR and len(error) <= _LONGEST_READ
    kept = read if is_whole else read[: LONGEST_ERROR - 1] + "…"
    for _ in range(_MOST_TIMES):  # a secret that is hidden may show the name before another one
        again = without_known_secrets(kept)[:LONGEST_ERROR]
        if again == kept:
            break
        kept = again
    return kept


def without_known_secrets(text: str) -> str:
    """Return a text of any length with everything masked that `masked` would mask, and not cut."""
    return without_secrets(_without_values(_INVISIBLE.sub("", text)), _KNOWN.__contains__)


def looks_like_a_key(text: str) -> bool:
    """Return whether a text has the form of a provider's key, a token or a password in a URL.

    The environment plays no part, so that a policy with the text is judged alike on every host.
    """
    beginning = text[:LONGEST_ERROR]
    return any(map(str.isdigit, beginning)) and without_named_secrets(beginning) != beginning


def _without_values(error: str) -> str:
    """Mask the keys that the environment holds, whatever their form."""
    values = {
        value for name, value in os.environ.items() if len(value) >= _SHORTEST_VALUE and _SECRET_VARIABLE.search(name)
    }
    for value in sorted({*values, *_VALUES}, key=len, reverse=True):
        error = error.replace(value, HIDDEN)
    return error
