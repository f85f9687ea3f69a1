"""Writes texts as YAML scalars that every reader takes for text."""

from __future__ import annotations

import re

from resolver.yaml_text.scalars import plain_value

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_OLD_BOOLEANS = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Text in YAML 1.2 that YAML 1.1 takes for booleans; the application may read its file as YAML 1.1."""


def scalar(text: str) -> str:
    """Return `text` as a scalar that YAML 1.1 and 1.2 both read as text: plain if possible, else in double quotes.

    >>> scalar("fast"), scalar("off")
    ('fast', '"off"')
    """
    is_plain = _PLAIN.match(text) and isinstance(plain_value(text), str) and text.lower() not in _OLD_BOOLEANS
    return text if is_plain else quoted(text)


def quoted(text: str) -> str:
    r"""Return `text` in double quotes, on one line, in a form that YAML and JSON both read.

    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() or ord(c) > 0xFFFF else f"\\u{ord(c):04X}"
