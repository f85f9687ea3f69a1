"""Names that look like patterns or lists, and the advice to list the names instead."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import translate

from resolver.diagnostics import listed
from resolver.domain import Fact, Text
from resolver.loader.foreign.comparisons import meant_by_text
from resolver.loader.foreign.written_conditions import written

_PATTERN = re.compile(r"[*%|]|\A[\^!=<>~]+\s*\w|\$\Z|\A/.+/[a-z]*\Z|\[[^]]*\]|\.\*|\A\S.*(?:, | or )|\w\?\Z")

_EVERY = frozenset(("any", "all", "every", "everyone", "everybody"))
"""Words that an author writes for every name."""


def looks_like_pattern(name: str) -> bool:
    """Return whether a name has the signs of a pattern, a list or a comparison, which no name needs.

    >>> [looks_like_pattern(name) for name in ("peer_*", "/peer_.*/", "a|b", "!critic", "any", "critic")]
    [True, True, True, True, True, False]
    """
    if name.isidentifier():
        return name.casefold() in _EVERY
    return len(name) <= 200 and _PATTERN.search(name) is not None


def matching(pattern: str, known: Collection[str]) -> list[str]:
    """Return the known names that a pattern, or a list such as `a|b`, means."""
    wanted = re.split(r"\s*(?:\|\|?|,|\bor\b)\s*", pattern)
    names = [name for name in wanted if name in known]
    if names:
        return names
    plain = re.sub(r"\A/|/[a-z]*\Z|[\^$]", "", pattern).replace(".*", "*").replace("%", "*").replace(".+", "*")
    if plain.count("*") > 5 or not plain.strip("*?"):
        return []
    glob = plain if re.search(r"[*?\[]", plain) else f"{plain}*"
    expression = re.compile(translate(glob))
    return [name for name in known if len(name) <= 200 and expression.match(name)]


def pattern_help(name: str, known: Collection[str], fact: Fact | None = None) -> str:
    """Return the help for a name that looks like a pattern, an empty text if the values of its fact say more.

    Args:
        name: The name as it is written.
        known: The names that it may mean.
        fact: The fact that has the name in a condition, None if it is not in a condition.

    >>> pattern_help("peer_*", ["critic", "peer_1", "peer_2"])
    'names have no wildcards: list them, `peer_1`, `peer_2`'
    """
    if not looks_like_pattern(name):
        return ""
    if name.strip("*%. ") == "" or name.casefold() in _EVERY:
        any_value = (
            f"for any value, write `{{$ex: {{{fact.name}: 1}}}}`" if fact else "a rule can decide for all others"
        )
        return f"names have no wildcards: {any_value}"
    names = matching(name, known)
    listed_text = meant_by_text(fact, name) if fact and not names else None
    if listed_text is not None:
        return f"write `{written(listed_text)}`"
    if fact and names:
        return f"names have no wildcards: list them, `{{{fact.name}: [{', '.join(names[:12])}]}}`"
    if names:
        return f"names have no wildcards: list them, {listed(names)}"
    return "" if fact and isinstance(fact.domain, Text) else "names have no wildcards: list them"
