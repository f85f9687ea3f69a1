"""Words of messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import legible, listed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("unknown key `a`", "unknown key `a`"),
        ("`a\nb`", "`a\\nb`"),
        ("`\x1b[31m`", "`\\x1b[31m`"),
        ("`\u202e`", "`\\u202e`"),
        ("`a\xa0b`", "`a\\xa0b`"),
        ("`日本 é`", "`日本 é`"),
        (f"`{'x' * 80}`", f"`{'x' * 80}`"),
        (f"`{'x' * 81}` is long", f"`{'x' * 80}…` is long"),
    ],
)
def test_messages_can_be_read(text: str, shown: str) -> None:
    """What cannot be seen is an escape, and a very long word is cut."""
    assert legible(text) == shown


@given(st.text(max_size=5_000))
def test_any_message(text: str) -> None:
    """Any text becomes one line that can be printed and is not endless."""
    assert legible(text).isprintable()
    assert len(legible(text)) <= 2_001


def test_names_are_listed() -> None:
    """A few names are all listed; of very many, the first ones."""
    assert listed([]) == ""
    assert listed(["a"]) == "`a`"
    assert listed(["b", "a"]) == "`b`, `a`"
    many = [str(number) for number in range(1_012)]
    assert listed(many) == ", ".join(f"`{name}`" for name in many[:12]) + " and 1,000 more"
