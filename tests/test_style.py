"""Rules of plain English that a test can hold, for the docstrings of the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import resolver

PACKAGE = Path(resolver.__file__).parent
FILES = sorted(file for file in PACKAGE.rglob("*.py") if "migrations" not in file.parts)
QUESTION = re.compile(r"(What|Who|Whose|Whom|Which|Whether|How|Where|When|Why)\b(?!-)")
DECODED = re.compile(
    r"\b(anew|whoever|nobody|anybody|somebody|tells? of|told of|hears? of|c(o|a)mes? of|is no finding)\b", re.I
)
"""Words that a reader has to translate; each has a plain one."""
PRIVATE = re.compile(
    r"(?<!here )\bis no (?!longer\b|more\b)\w|\bstands?\b(?!-| for\b)|\b(told apart|by turns|set-up|misspelt)\b", re.I
)
"""Words of this project that native speakers do not use so: write "is not a", "is", "distinguished" and "setup"."""
ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PUBLIC = {
    "resolver/facade/resolver.py",
    "resolver/serving/decision_log.py",
    "resolver/hfs/selector.py",
    "resolver/hfs/tracker.py",
}


def docstrings(file: Path) -> Iterator[tuple[ast.AST, str]]:
    """Yield the definitions of a file that have a docstring, with it; the module first."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if (text := ast.get_docstring(node)) is not None:
            yield node, text


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE.parent)))
def test_a_docstring_needs_no_translation(file: Path) -> None:
    """A module's docstring starts with a noun or a verb, and no docstring has a phrase that must be decoded."""
    _, module = next(docstrings(file))
    assert not QUESTION.match(module), module
    assert [match[0] for _, text in docstrings(file) if (match := DECODED.search(text))] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE.parent)))
def test_the_docstring_of_a_name_says_what_it_is(file: Path) -> None:
    """The text below a constant starts with a noun, too, and not with a question word."""
    texts = [
        node.value.value
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    assert [text for text in texts if re.match(r"(What|Who|Whose|Which|How|Where|When|Why)\b(?!-)", text)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE.parent)))
def test_a_message_has_no_private_words(file: Path) -> None:
    """Neither has a text that a user can see, nor the docstring of a public function."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    below_a_name = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in below_a_name
    ]
    texts += [text for node, text in docstrings(file) if not getattr(node, "name", "").startswith("_")]
    assert [text for text in texts if PRIVATE.search(text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_no_private_words(page: Path) -> None:
    """Newcomers read the pages first."""
    if not page.exists():  # the package is tested without the source tree, too
        pytest.skip("documents are in the source tree")
    assert [line for line in page.read_text(encoding="utf-8").split("\n") if PRIVATE.search(line)] == []


def test_public_methods_say_what_they_take_and_raise() -> None:
    """Every public method of the facade with more than two parameters of its own documents them, or names its twin."""
    undocumented = [
        node.name
        for name in PUBLIC
        for node, text in docstrings(PACKAGE.parent / name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
        if len(node.args.args) + len(node.args.kwonlyargs) > 3 and "Args:" not in text and "`" not in text
    ]
    assert undocumented == []
