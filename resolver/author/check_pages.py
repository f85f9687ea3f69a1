"""The pages about the checks: one for each code that a diagnostic can have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from resolver.diagnostics import Level


@cache
def pages() -> Mapping[str, Path]:
    """Return the page of each code, from the installed package or from a checkout.

    >>> pages()["lowers"].name
    'lowers.md'
    """
    package = Path(__file__).parent.parent
    inside = package / "checks"
    folder = inside if inside.is_dir() else package.parent / "docs" / "checks"
    return {page.stem: page for page in sorted(folder.glob("*.md"))}


def page_of(code: str) -> str:
    """Return the text of the page of a code; KeyError if there is no such code."""
    return pages()[code].read_text(encoding="utf-8").rstrip()


@cache
def level_of(code: str) -> Level:
    """Return the level of the diagnostics with a code, as the title of its page says.

    Raises:
        KeyError: There is no such code.
        ValueError: The title of the page has no level.
    """
    title = page_of(code).partition("\n")[0]
    return Level(title.removeprefix(f"# {code} (").removesuffix(")"))
