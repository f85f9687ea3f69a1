"""The meaning of plain scalars: YAML 1.2's core schema, without what two readers would read in two ways."""

from __future__ import annotations

import re

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
_NAN = re.compile(r"\.(?:nan|NaN|NAN)\Z")
_ZEROS = re.compile(r"[-+]?0[0-9]+\Z")
WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""The meaning of plain words that are no text."""
FIRST = frozenset("-+.0123456789")
"""The first characters of every other plain scalar that may not be text."""
_DIGITS = 3_500
"""The longest number; a longer one is text. Python does not convert integers of more than 4,300 decimal digits."""


def plain_value(text: str) -> str | int | float | bool | None:
    """Return the meaning of the plain scalar `text`.

    `yes`, `off`, dates and `1_000` are text, as in YAML 1.2's core schema. Integers with leading zeros (`010`) are text
    as well: YAML 1.1 reads them as octal and YAML 1.2 as decimal, so their meaning is unclear.

    Example:
        >>> plain_value("12"), plain_value("yes"), plain_value("010")
        (12, 'yes', '010')
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in FIRST or len(text) > _DIGITS or _ZEROS.match(text):
        return text
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text) or _INFINITE.match(text):
        return float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf"))
    return float("nan") if _NAN.match(text) else text
