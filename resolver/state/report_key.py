"""Keys of reports: a caller's key for one report, as a store keeps it.

A store keeps a digest, which has one length whatever the caller's key is. It covers the key alone, not the subject or
the result: a key that a caller uses for two reports counts once, as the first of them.
"""

from __future__ import annotations

from hashlib import sha256

_MARK = "8"
"""The 13th character of a kept key. The UUIDs of version 4 that reports without a key get have a `4` there."""
_PLACE = 12
IS_CALLERS = f"substr(key, {_PLACE + 1}, 1) = '{_MARK}'"
"""The condition of SQL that the column `key` holds a kept key of a caller."""


def kept_key(key: str) -> str:
    """Return the 32 hexadecimal characters under which a store keeps a caller's key.

    >>> kept_key("order-17/attempt-1")
    'ae55d58029b784d65c5056ef577aef18'
    """
    digest = sha256(key.encode()).hexdigest()[:32]
    return f"{digest[:_PLACE]}{_MARK}{digest[_PLACE + 1 :]}"


def is_callers(key: str) -> bool:
    """Return whether a key of the database is that of a caller; the others belong to reports without a key."""
    return key[_PLACE : _PLACE + 1] == _MARK
