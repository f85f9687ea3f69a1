"""An unused name, to represent every name that a policy does not mention."""

from __future__ import annotations

from collections.abc import Collection


def unused_name(name: str, used: Collection[str]) -> str:
    """Return `name`, with as many underscores after it as make it differ from the `used` names.

    Example:
        >>> unused_name("other", ["other", "other_"])
        'other__'
    """
    while name in used:
        name += "_"
    return name
