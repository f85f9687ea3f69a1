"""Names that look like patterns or lists, and the advice to list the names instead."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import translate

from resolver.diagnostics import listed
from resolver.domain import Fact, Text
from resolver.loader import foreign

_PATTERN = re.compile(r"[*|]|\A[\^!=<>]+\s*\w|\A/.+/[a-z]*\Z|\[[^]]*\]|\A[a-z_][\w-]*(?:(?:, | or )[a-z_][\w-]*)+\Z")
_MAYBE_PATTERN = re.compile(r"[%?~]|\$\Z|\A\S.*(?:, | or )")
"""Signs that names such as `50% off`, `Ready?` and `Q or A` have as well."""
_LIST = re.compile(r"\s*(?:\|\|?|,|\bor\b)\s*")
_LONGEST = 200

NOTHING_TO_LIST = "names have no wildcards: list them"
"""The help for a pattern that means none of the known names."""
_EVERY = frozenset(("any", "all", "every", "everyone", "everybody"))
"""Words that an author writes for every name."""


def looks_like_pattern(name: str, known: Collection[str] = ()) -> bool:
    """Return whether a name has the signs of a pattern, a list or a comparison, which no name needs.

    Args:
        name: The name.
        known: Names that it may mean. Signs that names have as well are those of a pattern only if it means some.

    >>> [looks_like_pattern(name) for name in ("peer_*", "/peer_.*/", "a|b", "!critic", "any", "critic")]
    [True, True, True, True, True, False]
    >>> looks_like_pattern("Q or A"), looks_like_pattern("Q or A", ["Q", "A"])
    (False, True)
    """
    if name.isidentifier():
        return name.casefold() in _EVERY
    if len(name) > _LONGEST:
        return False
    if _PATTERN.search(name) is not None:
        return True
    if not known or not may_be_pattern(name):
        return False
    fewest = 2 if len(_LIST.split(name)) > 1 else 1
    return len(matching(name, known)) >= fewest


def may_be_pattern(name: str) -> bool:
    """Return whether a name has signs of a pattern or a list that other names have as well."""
    return len(name) <= _LONGEST and _MAYBE_PATTERN.search(name) is not None


def matching(pattern: str, known: Collection[str]) -> list[str]:
    """Return the known names that a pattern means, or a list such as `a|b`.

    Args:
        pattern: The pattern or list.
        known: The names to choose from.

    """
    names = [name for name in _LIST.split(pattern) if name in known]
    if names:
        return names
    plain = re.sub(r"\A/|/[a-z]*\Z|[\^$~]", "", pattern).replace(".*", "*").replace("%", "*").replace(".+", "*")
    if plain.count("*") > 5 or not plain.strip("*?"):
        return []
    glob = plain if re.search(r"[*?\[]", plain) else f"{plain}*"
    expression = re.compile(translate(glob))
    return [name for name in known if len(name) <= _LONGEST and expression.match(name)]


def pattern_help(name: str, known: Collection[str], fact: Fact | None = None) -> str:
    """Return the help for a name that looks like a pattern, an empty text if the values of its fact say more.

    Args:
        name: The name as it is written.
        known: The names that it may mean.
        fact: The fact that has the name in a condition, None if it is not in a condition.

    >>> pattern_help("peer_*", ["critic", "peer_1", "peer_2"])
    'names have no wildcards: list them, `peer_1`, `peer_2`'
    """
    if not looks_like_pattern(name, known):
        return ""
    if name.strip("*%. ") == "" or name.casefold() in _EVERY:
        any_value = (
            f"for any value, write `{{$ex: {{{fact.name}: 1}}}}`" if fact else "a rule can decide for all others"
        )
        return f"names have no wildcards: {any_value}"
    names = matching(name, known)
    listed_text = foreign.meant_by_text(fact, name) if fact and not names else None
    if listed_text is not None:
        return f"write `{foreign.written(listed_text)}`"
    if fact and names:
        return f"{NOTHING_TO_LIST}, `{{{fact.name}: [{', '.join(names[:12])}]}}`"
    if names:
        return f"{NOTHING_TO_LIST}, {listed(names)}"
    return "" if fact and isinstance(fact.domain, Text) else NOTHING_TO_LIST
