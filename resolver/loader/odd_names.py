"""Finds names that are not what they look like, because of blanks, hidden characters, quotes or a second alphabet."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"
_QUOTED = re.compile(rf"\A[{_QUOTES}].*[{_QUOTES}]\Z", re.DOTALL)
_LATIN = dict(
    zip(
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501\u04cf\u03bf\u03b1\u03bd\u03c1\u03b9",
        "aceopxyijsdloavpi",
        strict=True,
    )
)
"""Letters of the Cyrillic and the Greek alphabet, and the Latin ones that they look like."""
_TRANSLATION = str.maketrans({**_LATIN, **{letter.upper(): latin.upper() for letter, latin in _LATIN.items()}})
_JOINERS = "\u200c\u200d"
"""Characters that join or divide letters of some languages and parts of an emoji."""
_PLAIN = re.compile(r"\w(?:[ \w.-]*\w)?")
"""Most names, of which no character needs a closer look."""
_ALIKE = re.compile(f"[{''.join(_LATIN)}]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def oddity(name: str) -> tuple[str, str] | None:
    """Return what is odd about a name, and what it looks like; None if nothing is.

    >>> oddity("critic "), oddity("critic"), oddity("review 2")
    (('has a blank at its end', 'critic'), None, None)
    """
    if _PLAIN.fullmatch(name) and (name.isascii() or not _ALIKE.search(name)):
        return None
    plain = "".join(" " if c.isspace() else "" if _is_hidden(c, name) else c for c in name)
    shown = plain.strip()
    if not shown:
        return ("has no visible character", "") if name else None
    if _QUOTED.match(shown) and len(shown) > 2:
        return "has quotes of its own", shown[1:-1].strip()
    if (hidden := next((c for c in name if c != " " and (c.isspace() or _is_hidden(c, name))), None)) is not None:
        look = "a blank" if hidden.isspace() else "nothing"
        return f"has the character U+{ord(hidden):04X}, which looks like {look}", shown
    if shown != plain:
        return f"has a blank at its {'start' if plain[0] == ' ' else 'end'}", shown
    for word in [] if name.isascii() else _WORD.findall(name):
        alike = match[0] if (match := _ALIKE.search(word)) else None
        if alike is not None and any("LATIN" in unicodedata.name(c, "") for c in word):
            latin = _LATIN[alike.casefold()]
            return f"has the letter U+{ord(alike):04X}, which looks like `{latin}`", name.translate(_TRANSLATION)
    return None


def _is_hidden(character: str, name: str) -> bool:
    """Return whether a character of a name takes no room, and means nothing there."""
    if character in _JOINERS:
        return name.replace(character, "").isascii()
    return unicodedata.category(character) in ("Cf", "Cc")
