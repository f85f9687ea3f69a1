"""The site in docs/ builds without a warning, loads nothing from elsewhere, and has all pages and public names."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import resolver

DOCS = Path(__file__).parent.parent / "docs"

pytest.importorskip("sphinx", reason="needs the extra `dev`")
pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="the pages are in the source tree")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", str(site / "trees")]
    done = subprocess.run([*command, str(DOCS), str(site / "html")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return site / "html"


@pytest.mark.slow
def test_the_site_is_whole_and_loads_nothing_from_elsewhere(site: Path) -> None:
    """Each document is a page, each public name is on the page of names, and only a click leads to another site."""
    pages = {page.relative_to(site).with_suffix("") for page in site.rglob("*.html")}
    documents = {document.relative_to(DOCS).with_suffix("") for document in DOCS.rglob("*.md")}
    assert pages >= documents
    names = (site / "api.html").read_text(encoding="utf-8")
    assert [name for name in resolver.__all__ if f'id="resolver.{name}"' not in names] == []
    for page in site.rglob("*.html"):
        references = _References()
        references.feed(page.read_text(encoding="utf-8"))
        assert [url for url in references.loaded if _is_elsewhere(url)] == [], page
    for style in site.rglob("*.css"):
        urls = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", style.read_text(encoding="utf-8"))
        assert [url for url in urls if _is_elsewhere(url)] == [], style


def test_the_page_of_checks_leads_to_each_check() -> None:
    """docs/checks.md links to every page in docs/checks/ once."""
    links = re.findall(r"\]\(checks/([a-z-]+)\.md\)", (DOCS / "checks.md").read_text(encoding="utf-8"))
    assert sorted(links) == sorted(page.stem for page in (DOCS / "checks").glob("*.md"))


class _References(HTMLParser):
    """The addresses that a browser loads when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"src", "srcset", "poster", "data"} | ({"href"} if tag not in ("a", "area") else set())
        self.loaded += [value for name, value in attrs if name in wanted and value]


def _is_elsewhere(url: str) -> bool:
    return re.match(r"(?:[a-z]+:)?//", url, re.IGNORECASE) is not None
