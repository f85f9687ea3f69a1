"""Diagnostics as text."""

from __future__ import annotations

from typing import Any
from unicodedata import combining, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import (
    Diagnostic,
    Level,
    Place,
    Source,
    github_command,
    render,
    render_all,
    render_github,
    summary,
)


def _found(text: str, line: int, column: int, length: int = 1, **more: object) -> Diagnostic:
    return Diagnostic("a-code", "a message", Place(Source("a.yaml", text), line, column, length), **more)  # type: ignore[arg-type]


def test_all_parts() -> None:
    """The place, level, code and message, the line with carets, notes and help."""
    found = _found("a: b\nkey: value\n", 2, 6, 5, help="do this", notes=("one", "two"))
    assert render(found).splitlines() == [
        "a.yaml:2:6: error[a-code]: a message",
        "    2 | key: value",
        "      |      ^^^^^",
        "   one",
        "   two",
        "   help: do this",
    ]


@pytest.mark.parametrize(
    ("text", "column", "length", "shown", "carets"),
    [
        ("abc", 2, 0, "abc", " ^"),
        ("abc", 4, 1, "abc", "   ^"),
        ("abc", 2, 99, "abc", " ^^"),
        ("日本: x", 1, 2, "日本: x", "^^^^"),
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("e\u0301: x", 4, 1, "e\u0301: x", "  ^"),
        ("\ta: x", 5, 1, "\ta: x", "\t   ^"),
        ("a\x1b[31m: x", 9, 1, "a\N{REPLACEMENT CHARACTER}[31m: x", "        ^"),
        ("a\u202eb", 3, 1, "a\N{REPLACEMENT CHARACTER}b", "  ^"),
        ("\u3000a", 2, 1, "\N{REPLACEMENT CHARACTER}a", " ^"),
    ],
)
def test_carets_stand_under_the_spot(text: str, column: int, length: int, shown: str, carets: str) -> None:
    """Wide characters take two columns, marks none, tabs are tabs, and what cannot be seen is replaced."""
    _, source, below = render(_found(text, 1, column, length)).splitlines()
    assert source == f"    1 | {shown}"
    assert below == f"      | {carets}"


def test_an_empty_line_is_not_shown() -> None:
    """Where there is nothing to see, there is only the message."""
    assert render(_found("", 1, 1)) == "a.yaml:1:1: error[a-code]: a message"


def test_of_a_long_line_what_is_near_is_shown() -> None:
    """A line of any length is cut around the spot, on both sides."""
    _, source, below = render(_found("x" * 1_000 + "HERE" + "y" * 1_000, 1, 1_001, 4)).splitlines()
    assert len(source) == 8 + 1 + 160 + 1
    assert source.startswith("    1 | …x")
    assert source.endswith("y…")
    assert source[below.index("^") : below.rindex("^") + 1] == "HERE"


@pytest.mark.parametrize("width", [20, 40, 80, 100, 169, 1_000])
@pytest.mark.parametrize("at", [0, 1, 30, 70, 79, 80, 200, 996])
def test_on_a_terminal_the_carets_stand_under_the_place(at: int, width: int) -> None:
    """A line is cut to the terminal on both sides, so that it does not wrap."""
    text = "x" * at + "HERE" + "y" * (996 - at)
    _, source, below = render(_found(text, 1, at + 1, 4), width=width).splitlines()
    assert len(source) <= max(width, 28)
    assert source[below.index("^") : below.rindex("^") + 1] == "HERE"
    assert ("…" in source[:10]) == (at > 0 and "x" * at not in source)


def test_a_long_place_is_cut_with_its_line() -> None:
    _, source, below = render(_found("a: " + "x" * 200, 1, 4, 200), width=80).splitlines()
    assert (len(source), source[-1], len(below)) == (80, "…", 79)


def test_a_line_that_fits_is_whole() -> None:
    """Of a line of exactly the columns that there are, nothing is cut."""
    text = "x" * 72
    for column in (1, 40, 72):
        assert render(_found(text, 1, column), width=80).splitlines()[1] == f"    1 | {text}"
    assert render(_found(f"{text}x", 1, 1), width=80).splitlines()[1] == f"    1 | {text[:71]}…"


def test_the_margin_of_a_late_line_is_wider() -> None:
    """The carets stand under the place in line 100,000, too."""
    _, source, below = render(_found("\n" * 99_999 + "key: value", 100_000, 6, 5)).splitlines()
    assert source.index("value") == below.index("^")


def _columns(text: str) -> int:
    """The columns of a text on a terminal, by a definition of its own."""
    columns = 0
    for c in text:
        columns += 8 - columns % 8 if c == "\t" else max(0, 0 if combining(c) else 1 + (east_asian_width(c) in "WF"))
    return columns


@given(
    st.text(st.sampled_from("ab\t日\u0301 é😀\x1b"), max_size=200),
    st.integers(1, 200),
    st.integers(0, 50),
    st.integers(30, 120),
)
def test_any_line_fits_any_terminal(text: str, column: int, length: int, width: int) -> None:
    """With tabs, wide characters and marks; the first caret stands in the column of the place."""
    lines = render(_found(text, 1, column, length), width=width).split("\n")
    if len(lines) == 1:
        return
    _, source, below = lines
    assert _columns(source) <= width
    head = below[: below.index("^")]
    assert [_columns(source[:index]) for index in range(len(source) + 1)].count(_columns(head)) > 0


@given(st.text(max_size=400), st.integers(1, 3), st.integers(1, 400), st.integers(0, 400))
def test_any_text(text: str, line: int, column: int, length: int) -> None:
    """Whatever the text and the place, there are at most three lines, which can be printed."""
    shown = render(_found(text, line, column, length))
    assert len(shown.split("\n")) <= 3
    assert all(character.isprintable() or character in "\n\t" for character in shown)


def test_parts_may_be_styled() -> None:
    """A terminal may decorate the level, the carets and the help, by their roles."""
    shown = render(_found("abc", 1, 2, level=Level.WARNING, help="do"), lambda text, role: f"<{role}>{text}</>")
    assert "<warning>warning[a-code]</>" in shown
    assert "<caret>^</>" in shown
    assert "<help>   help:</> do" in shown


@pytest.mark.parametrize(
    ("errors", "warnings", "text"),
    [(0, 0, "no problems"), (1, 0, "1 error"), (2, 1, "2 errors, 1 warning"), (0, 3, "3 warnings")],
)
def test_summary(errors: int, warnings: int, text: str) -> None:
    """How many errors and warnings there are, in words."""
    found = [_found("", 1, 1)] * errors + [_found("", 1, 1, level=Level.WARNING)] * warnings
    assert summary(found) == text
    assert render_all(found).splitlines()[-1] == text


def test_an_annotation() -> None:
    """GitHub gets the same content on one line, with what its syntax takes for itself escaped."""
    source = Source("a,b:c%.yaml", "x")
    found = Diagnostic("a-code", "50% of\r\nit", Place(source, 2, 3), help="do: this, that", notes=("note",))
    assert render_github(found) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=2,col=3,title=error[a-code]"
        "::50%25 of%0D%0Ait%0Anote%0Ahelp: do: this, that"
    )


@pytest.mark.parametrize(
    ("where", "command"),
    [
        ({}, "::error title=a%3A b%2C 5 %25::50 %25 of: a, b%0Anext"),
        ({"file": "a,b.yaml"}, "::error file=a%2Cb.yaml,title=a%3A b%2C 5 %25::50 %25 of: a, b%0Anext"),
        (
            {"file": "a.yaml", "line": 3, "column": 7},
            "::error file=a.yaml,line=3,col=7,title=a%3A b%2C 5 %25::50 %25 of: a, b%0Anext",
        ),
    ],
)
def test_a_workflow_command_is_escaped(where: dict[str, Any], command: str) -> None:
    """GitHub reads a comma and a colon of a property as its end, and a percent sign as an escape."""
    assert github_command("error", "50 % of: a, b\nnext", title="a: b, 5 %", **where) == command
