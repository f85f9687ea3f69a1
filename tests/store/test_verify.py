"""A changed text is accepted only where it is the old one with one other entry, and all of its comments."""

from __future__ import annotations

import pytest

from resolver.diagnostics import ResolverError, Source
from resolver.store.outline import Outline
from resolver.store.verify import verified

OLD = """\
# of the file
model_tiers:
  escalation_state:
    # of the first
    "a:r": general # beside it
    # of the second
    "b:r": general
"""
NAMES = ("model_tiers", "escalation_state", "b:r")
RIGHT = OLD.replace('"b:r": general', '"b:r": reasoning')
LOST = ("# of the file\n", "    # of the first\n", " # beside it", "    # of the second\n")


def judged(new: str, tier: str | None = "reasoning", old: str = OLD) -> Outline:
    return verified(Outline(Source("a.yaml", old)), new, 0, NAMES, tier)


def test_a_right_edit_is_accepted() -> None:
    """One entry is another, and all comments stay."""
    assert judged(RIGHT).source.text == RIGHT


@pytest.mark.parametrize("comment", LOST)
def test_a_lost_comment_is_refused(comment: str) -> None:
    """Wherever it stood, although every reader finds the same values."""
    with pytest.raises(ResolverError, match="a comment would be lost"):
        judged(RIGHT.replace(comment, ""))


@pytest.mark.parametrize(("before", "after"), [("of the second", "of the third"), ("# of the file\n", "# another\n")])
def test_another_comment_is_refused(before: str, after: str) -> None:
    """A changed word in a comment is a change of a person's text."""
    with pytest.raises(ResolverError, match="a comment would be lost"):
        judged(RIGHT.replace(before, after))


def test_comments_in_another_order_are_refused() -> None:
    """What a comment is about is where it stands."""
    swapped = (
        RIGHT.replace("of the first", "of the X")
        .replace("of the second", "of the first")
        .replace("of the X", "of the second")
    )
    with pytest.raises(ResolverError, match="a comment would be lost"):
        judged(swapped)


def test_an_entry_that_is_taken_out_may_take_one_comment_along() -> None:
    """That of its line or the one above it, and no second one."""
    without = OLD.replace('    "b:r": general\n', "")
    assert judged(without, None)
    assert judged(without.replace("    # of the second\n", ""), None)
    with pytest.raises(ResolverError, match="a comment would be lost"):
        judged(without.replace("    # of the second\n", "").replace("# of the file\n", ""), None)
