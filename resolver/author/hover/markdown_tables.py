"""Parts of an explanation in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resolver.diagnostics.markdown import markdown_row, markdown_text

_MOST_ROWS = 12
"""Rows of a table that are shown; an editor has little room."""


def described(label: str, text: str) -> Iterator[str]:
    """Yield a paragraph with the words of an author, which are no Markdown, if there are some."""
    if text:
        yield ""
        yield f"{label}: {markdown_text(text)}"


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table of cells that are Markdown; of many rows, the first and how many more there are."""
    if not rows:
        return
    yield ""
    yield markdown_row(head)
    yield markdown_row("---" for _ in head)
    yield from (markdown_row(row) for row in rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield ""
        yield f"… and {len(rows) - _MOST_ROWS:,} more"
