"""Texts that are not YAML, in an author's words."""

from __future__ import annotations

import pytest

from resolver.diagnostics import Diagnostic, Source
from resolver.yaml_text.documents import read_documents


def _refused(text: str) -> Diagnostic:
    found, [diagnostic] = read_documents(Source("a.yaml", text))
    assert not found
    return diagnostic


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("a: b: c", "a `:` is not allowed here", 5),
        ("a: - b", "a list item is not allowed here", 4),
        ("a: ? b", "a `?` is not allowed here", 4),
        ("[a,,b]", "expected a value, not `,`", 4),
        ("a: ]", "expected a value, not `]`", 4),
        ("[", "expected a value, not the end of the file", 2),
        ("[a] b", "expected the end of the document", 5),
        ("a: @b", "text cannot start with `@`", 4),
        ("a: `b`", "text cannot start with a backtick", 4),
        ("a: %b", "text cannot start with `%`", 4),
        ("\ta: b", "a tab cannot indent a line", 1),
        ('"\\q"', "`\\q` is not an escape in double quotes", 2),
        ('"\\x4"', "this escape needs more digits", 4),
        ('"\\ud800"', "this escape names no character", 4),
        ("!x!y z", "this tag is not allowed", 1),
        ("a: !<b", "this tag is not allowed", 4),
        ("{a: !b}", "this tag is not allowed", 5),
        ("!%zz a", "this tag is not allowed", 1),
        ("%YAML 3.0\n---\na", "this version of YAML cannot be read", 1),
        ("%YAML 1.x\n---\na", "this is not a directive", 1),
        ("%TAG a b\n---\na", "the directive `%TAG` is not allowed", 1),
        ("%TAG ! b c\n---\na", "the directive `%TAG` is not allowed", 1),
        ("%a", "this is not a directive", 1),
        ("%", "this is not a directive", 1),
        ("a: 'x' y", "expected a key of the mapping that starts in line 1", 8),
        ("- a\nb: c", "expected a `-` of the list that starts in line 1", 1),
        ("{a: b", "expected `,` or `}` in the mapping that starts in line 1", 6),
        ("[a: 'b'c]", "expected `,` or `]` in the list that starts in line 1", 8),
        ("a: 'b", "this quote is not closed", 4),
        ('a: "b\n---\n', "this quote is not closed", 4),
        ("a: b\nc\n", "expected `:` after this key", 1),
        ("a: **", "text cannot start with `*`", 4),
        ("a: &", "text cannot start with `&`", 4),
        ("a: |b", "expected the end of the line after `|` or `>`", 4),
        ("a: >0", "expected the end of the line after `|` or `>`", 4),
        ("a: *b", "the alias `*b` names no value before it", 4),
        ("a: \x07", "the character U+0007 is not allowed in YAML", 4),
    ],
)
def test_messages(text: str, message: str, column: int) -> None:
    """libyaml's words become an author's, at the place where an author has to look, with what to do."""
    found = _refused(text)
    assert (found.message, found.place.column) == (message, column)
    assert found.help


def test_a_quote_in_quotes() -> None:
    """Where a single quote ends a text too early, the help says how to write one."""
    assert _refused("a: 'it's'").help == "in single quotes, write `''` for a `'`"
    assert _refused("{a: 'it's'}").help == "in single quotes, write `''` for a `'`"
