"""Warnings about names that look like patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resolver.diagnostics import Diagnostic, Level, legible
from resolver.loader.pattern_names import looks_like_pattern, pattern_help
from resolver.loader.used_names import UsedName


def name_warnings(names: Iterable[UsedName]) -> Iterator[Diagnostic]:
    """Yield the warnings about names, which are those of a policy without errors."""
    used = list(names)
    known: dict[str, dict[str, None]] = {}
    for name in used:
        if not looks_like_pattern(name.name):
            known.setdefault(name.what, {})[name.name] = None
    for name in used:
        if looks_like_pattern(name.name):
            help = pattern_help(name.name, known.get(name.what, {}), name.what if name.in_rule else None)
            message = f"the {name.what} `{name.name}` looks like a pattern, but a name is compared letter by letter"
            yield Diagnostic("wildcard", legible(message), name.place, legible(help), Level.WARNING)
