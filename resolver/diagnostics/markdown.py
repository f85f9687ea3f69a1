"""Markdown that shows names and texts literally, whatever they contain."""

from __future__ import annotations

import re
from collections.abc import Iterable

from resolver.diagnostics.wording import visible

_NO_LINK = "<!-- -->"
"""Stands where a reader would make a link of a bare URL, a user's name or the number of an issue."""

_LINKED = re.compile(r"(:)(//)|(?<=www)()(\.)|([@#])(?=\w)()|\b(GH-)(?=\d)()")
_TICKS = re.compile(r"`+")


def markdown_text(text: str) -> str:
    r"""Return Markdown that shows `text` literally, behind other text on a line, or in a cell of a table.

    >>> print(markdown_text("[a](b) | `c`"))
    \[a](b) \| \`c\`
    """
    for mark in ("\\", "|", "`", "*", "_", "~", "<", "&", "["):
        text = text.replace(mark, f"\\{mark}")
    text = _LINKED.sub(_without_link, text)
    return visible(" ".join(text.split()))


def markdown_code(text: str) -> str:
    r"""Return Markdown that shows `text` literally as code, also in a cell of a table.

    >>> print(markdown_code("a"), markdown_code("`b`|"), markdown_code(""))
    `a` `` `b`\| `` `""`
    """
    shown = visible(text).replace("|", "\\|") or '""'
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    blank = " " if len(ticks) > 1 or shown[:1] == " " or shown[-1:] == " " else ""
    return f"{ticks}{blank}{shown}{blank}{ticks}"


def markdown_row(cells: Iterable[str]) -> str:
    """Return a row of a table of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"


def _without_link(match: re.Match[str]) -> str:
    first, *rest = (group for group in match.groups() if group is not None)
    return f"{first}{_NO_LINK}{''.join(rest)}"
