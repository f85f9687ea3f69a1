"""Whatever a name contains, Markdown shows it literally."""

from __future__ import annotations

import pytest

from resolver.diagnostics.markdown import markdown_code, markdown_row, markdown_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c*", "a\\_b\\*c\\*"),
        ("[x](javascript:y)", "\\[x](javascript:y)"),
        ("<img src=x>", "\\<img src=x>"),
        ("http://evil", "http:<!-- -->//evil"),
        ("a\n# b\r\x1b", "a # b \\x1b"),
        ("@you", "@<!-- -->you"),
    ],
)
def test_text_is_literal(text: str, shown: str) -> None:
    """No link, tag, emphasis or line of its own comes from a text."""
    assert markdown_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("critic", "`critic`"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("a|b\n", "`a\\|b\\n`"),
        (" a", "`  a `"),
        ("", '`""`'),
    ],
)
def test_code_is_literal(text: str, shown: str) -> None:
    """Code cannot be ended from inside, and splits no cell."""
    assert markdown_code(text) == shown


def test_row() -> None:
    """Cells stand between bars."""
    assert markdown_row(["a", "b"]) == "| a | b |"
