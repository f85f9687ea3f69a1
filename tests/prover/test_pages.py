"""Every check of the prover has a page."""

from __future__ import annotations

import re
from pathlib import Path

import resolver.prover

ROOT = Path(__file__).parent.parent.parent
CODE = re.compile(r'(?:Found|_warning|_warn|_add)\(\s*"([a-z-]+)"|return "([a-z-]+)", |"([a-z-]+)": f?"no rule of')


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    """`resolver check --explain` knows all codes that the prover can find, and no others."""
    sources = Path(resolver.prover.__file__).parent.glob("*.py")
    found = [match for source in sources for match in CODE.findall(source.read_text(encoding="utf-8"))]
    codes = {code for groups in found for code in groups if code}
    assert codes == {page.stem for page in (ROOT / "docs" / "checks").glob("*.md")}


def test_every_page_says_what_to_avoid_what_to_prefer_and_why() -> None:
    """A page has the level of its check in the title, and three sections."""
    for page in (ROOT / "docs" / "checks").glob("*.md"):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(rf"# {page.stem} \((error|warning)\)", lines[0])
        assert [line for line in lines if line.startswith("## ")] == ["## Avoid", "## Prefer", "## Why"]
