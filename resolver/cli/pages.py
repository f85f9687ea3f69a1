"""The pages that explain the codes of messages."""

from __future__ import annotations

from pathlib import Path


def codes_with_pages() -> list[str]:
    """Return the codes that have a page."""
    return sorted(page.stem for page in _pages().glob("*.md"))


def page_of(code: str) -> str:
    """Return the page of a code that has one: what to avoid, what to prefer, and why."""
    return (_pages() / f"{code}.md").read_text(encoding="utf-8").rstrip()


def _pages() -> Path:
    package = Path(__file__).parent.parent
    inside = package / "checks"
    return inside if inside.is_dir() else package.parent / "docs" / "checks"
