"""Names of a policy's sections, and limits on the names that the rules engine reads safely."""

from __future__ import annotations

SECTIONS = ("model_tiers", "facts", "rulesets")
"""The sections of a policy."""
ROOT = "config"
"""The key under which an application's single file can hold the sections."""

LONGEST_NAME = 1_023
"""Bytes of a name or a value in UTF-8; the rules engine cannot read longer names safely."""

HIGHEST_PRI = 65_535
"""The highest `pri` of a rule."""

RESERVED = ("k", "id", "sid")
"""Names of facts with a meaning of their own in the rules engine, or in this program's use of it."""


def name_problem(name: str) -> str | None:
    """Return why `name` cannot be the name or the value of a fact, or None if it can.

    The reason is the end of a sentence that starts with the name.

    >>> name_problem("critic")
    >>> name_problem("x" * 1_024)
    'is longer than 1,023 bytes'
    """
    if len(name) <= LONGEST_NAME and name.isascii() and name.isprintable():  # most names
        return None
    if "\0" in name:
        return "contains a NUL character"
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "contains half of a surrogate pair"
    return f"is longer than {LONGEST_NAME:,} bytes" if size > LONGEST_NAME else None
