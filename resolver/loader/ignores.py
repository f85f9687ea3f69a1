"""Comments `# resolver: ignore[code]`, which suppress a warning about their line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from resolver.diagnostics import Diagnostic, Level, Source
from resolver.domain import Ignore

_IGNORE = re.compile(r"#[ \t]*resolver[ \t]*:[ \t]*ignore[ \t]*\[([^\]]*)\]", re.IGNORECASE)
_OTHER_TOOLS = r":[ \t]*(?:noqa|nolint|disable|suppress|skip|allow|off)\b"
_MISSPELT = re.compile(rf"#[ \t]*resolver[ \t]*(?:{_OTHER_TOOLS}|:?[ \t]*(?:ignore\b|[\w-]+[ \t]*\[))", re.IGNORECASE)
"""Comments that are meant as such, such as `# resolver: ignroe[tab]` and `# resolver: noqa`."""
_CODE = re.compile(r"[^\s,]+")


def ignores_of(source: Source) -> list[Ignore]:
    """Return the codes in the comments of a parsed file, each with its place.

    A comment without a code, or with a typo, has the code "".
    """
    ignores = []
    for start, end in source.directives:
        comment = _IGNORE.match(source.text, start, end)
        codes = [*_CODE.finditer(source.text, *comment.span(1))] if comment else []
        ignores += [Ignore(code[0], source.place(*code.span())) for code in codes]
        if not codes and (misspelt := _MISSPELT.match(source.text, start, end)):
            ignores.append(Ignore("", source.place(*misspelt.span())))
    return ignores


def without_ignored(found: Iterable[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Divide diagnostics into those to show, and warnings that a comment on their line suppresses.

    Args:
        found: The diagnostics. An error is always shown.

    """
    of_source: dict[Source, set[tuple[str, int]]] = {}
    shown: list[Diagnostic] = []
    ignored: list[Diagnostic] = []
    for diagnostic in found:
        source = diagnostic.place.source
        if source not in of_source:
            of_source[source] = {(ignore.code, ignore.place.line) for ignore in ignores_of(source)}
        is_ignored = (diagnostic.code, diagnostic.place.line) in of_source[source]
        (ignored if is_ignored and diagnostic.level is Level.WARNING else shown).append(diagnostic)
    return shown, ignored
