"""Error texts for the history: shortened, and with keys and tokens masked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from resolver.forks import RenewedLock

LONGEST_ERROR = 500
"""Length, in characters, to which an error is cut."""

_LONGEST_READ = 4_000
"""Characters of an error that are searched; an error may be a whole page, and its beginning is kept."""

_LONGEST_NAMED = 80
"""Characters of a value that are read to decide whether its name makes it a secret."""
_MOST_TIMES = 10
"""Most passes; masking one secret can expose the name before another."""

_SECRET_VARIABLE = re.compile(
    r"(?:PASSWORD|TOKEN|SECRET|(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|SIGNING)?KEY|PASS(?:WD|PHRASE)?|PWD|AUTH"
    r"|CREDENTIALS?))(?:_\d+)?$"
)
"""The end of the names of variables that hold keys, such as `GROQ_API_KEY_1`, `GROQ_KEY` or `DB_PASS`."""
_MAYBE_FILE = re.compile(r"(?:(?<!API_)KEY|PWD|AUTH|CREDENTIALS?)(?:_\d+)?$")
"""The end of the names of variables that may hold the path of a file with a key, or a directory."""
_PATH = re.compile(r"(?:~|\.{0,2}/|[A-Za-z]:\\)")
"""The beginning of the path of a file; a key may begin like that, too."""
_SHORTEST_VALUE = 8
"""Characters of the shortest value that is masked: a short one may be a part of any word."""
_MOST_VALUES = 1_000
_VALUES: dict[str, None] = {}
"""Keys from variables with other names."""
_KNOWN: dict[str, None] = {}
"""Model ids of loaded policies, which look like keys."""
_LOCK = RenewedLock()
"""Held while one of the two changes or is copied."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible characters, removed first: inside a key they would break its pattern."""

_LAST_RUN = re.compile(r"\S{1,400}\Z")


def keep_secret(value: str) -> None:
    """Mask `value` from now on, wherever its variable is named."""
    if len(value) >= _SHORTEST_VALUE:
        _keep(_VALUES, [value])


def keep_known(texts: Iterable[str]) -> None:
    """Do not mask these texts from now on, however mixed they look, unless they come after a secret's name."""
    _keep(_KNOWN, texts)


def _keep(kept: dict[str, None], texts: Iterable[str]) -> None:
    """Add texts as the newest; the oldest go if there are too many."""
    with _LOCK:
        for text in texts:
            kept.pop(text, None)
            kept[text] = None
            if len(kept) > _MOST_VALUES:
                del kept[next(iter(kept))]


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
    from resolver.diagnostics.secret_forms import without_secrets  # noqa: PLC0415  its patterns take 10 ms to compile

    return without_secrets(_without_values(_INVISIBLE.sub("", text)), _KNOWN.__contains__)


def masked_value(name: str, value: str) -> str:
    """Return a value without what is secret by its form or by its name, cut at 500 characters.

    Args:
        name: The name of the value, such as a fact.
        value: The value.

    Example:
        >>> masked_value("password", "hunter22"), masked_value("team", "hunter22")
        ('***', 'hunter22')
    """
    from resolver.diagnostics.named_secrets import HIDDEN  # noqa: PLC0415  as above

    is_secret = masked(f"{name}={value[:_LONGEST_NAMED]}") == f"{name}={HIDDEN}"
    return HIDDEN if is_secret else masked(value)


def looks_like_a_key(text: str) -> bool:
    """Return whether a text has the form of a provider's key, a token or a password in a URL.

    The environment plays no part, so that a policy with the text is judged alike on every host.
    """
    from resolver.diagnostics.secret_forms import without_named_secrets  # noqa: PLC0415  as above

    beginning = text[:LONGEST_ERROR]
    return any(map(str.isdigit, beginning)) and without_named_secrets(beginning) != beginning


def _without_values(error: str) -> str:
    """Mask the keys that the environment holds, whatever their form."""
    values = {value for name, value in os.environ.items() if _holds_secret(name, value)}
    with _LOCK:
        values.update(_VALUES)
    from resolver.diagnostics.named_secrets import HIDDEN  # noqa: PLC0415  as above

    for value in sorted(values, key=len, reverse=True):
        error = error.replace(value, HIDDEN)
    return error


def _holds_secret(name: str, value: str) -> bool:
    """Return whether a variable of the environment holds a secret, and not the path of a file with one."""
    if len(value) < _SHORTEST_VALUE or name == "PWD" or not _SECRET_VARIABLE.search(name):
        return False
    from resolver.diagnostics.secret_forms import is_mixed  # noqa: PLC0415  as above

    if not (_MAYBE_FILE.search(name) and _PATH.match(value)):
        return True
    return any(map(is_mixed, re.findall(r"[A-Za-z0-9]+", value)))
