"""Names of a policy's sections, and limits on the names that the rules engine reads safely."""

from __future__ import annotations

SECTIONS = ("model_tiers", "facts", "rulesets")
"""The sections of a policy."""
ROOT = "config"
"""The key under which an application's single file can hold the sections."""

LONGEST_NAME = 1_023
"""The largest size of a name or a value, in bytes of UTF-8. The rules engine does not read longer texts safely."""

RESERVED = ("k", "id", "sid")
"""Names that a fact cannot have, because the rules engine, or the code that calls it, uses them."""


def name_problem(name: str) -> str | None:
    """Return why `name` cannot be the name or the value of a fact, or None if it can.

    The reason is the end of a sentence that starts with the name.

    >>> name_problem("critic")
    >>> name_problem("x" * 1_024)
    'is longer than 1,023 bytes'
    """
    if "\0" in name:
        return "contains a NUL character"
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "contains half of a surrogate pair"
    return f"is longer than {LONGEST_NAME:,} bytes" if size > LONGEST_NAME else None
