"""Changes of a text, one after another and at once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from resolver.yaml_text.splices import Splice, joined, spliced, trimmed


@st.composite
def changes(draw: st.DrawFn, text: str) -> list[Splice]:
    """Changes of a text, in order and without overlaps."""
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [
        Splice(start, end, draw(st.text("XY", max_size=3)))
        for start, end in zip(ends[::2], ends[1::2], strict=False)
    ]  # fmt: skip


@given(st.data(), st.text("abc", max_size=12))
def test_joined_changes_do_what_both_do(data: st.DataObject, text: str) -> None:
    """They are in order, do not overlap, and lead from the first text to the last."""
    first = data.draw(changes(text))
    between = spliced(text, first)
    second = data.draw(changes(between))
    both = joined(first, second)
    assert spliced(text, both) == spliced(between, second)
    assert all(one.end <= other.start for one, other in pairwise(both))


@given(st.data(), st.text("aX", max_size=12))
def test_trimmed_change_makes_the_same_text(data: st.DataObject, text: str) -> None:
    """What stays is no part of it."""
    for splice in data.draw(changes(text)):
        smallest = trimmed(text, splice)
        assert spliced(text, [smallest]) == spliced(text, [splice])
        assert splice.start <= smallest.start <= smallest.end <= splice.end
