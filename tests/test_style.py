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
