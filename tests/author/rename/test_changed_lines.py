"""The unified diff of changes: added lines are shown as added, and lines that stay as they are."""

from __future__ import annotations

import pytest

from resolver.author import unified_diff
from resolver.diagnostics import Source
from resolver.yaml_text.splices import Splice, trimmed


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("a\nb\nc\nd\n", ["@@ -1,3 +1,4 @@", " a", " b", " c", "+d"]),
        ("a\nx\nb\nc\n", ["@@ -1,3 +1,4 @@", " a", "+x", " b", " c"]),
        ("b\nc\n", ["@@ -1,3 +1,2 @@", "-a", " b", " c"]),
        ("a\nb\n", ["@@ -1,3 +1,2 @@", " a", " b", "-c"]),
        ("a\nB\nc\n", ["@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]),
    ],
)
def test_only_lines_that_change_are_marked(new: str, expected: list[str]) -> None:
    """A line beside an added or a removed one is shown as it stays."""
    old = "a\nb\nc\n"
    assert unified_diff(Source("f", old), [trimmed(old, Splice(0, len(old), new))])[2:] == expected
