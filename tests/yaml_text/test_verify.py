"""A changed text is accepted only where it is the old one with one other entry, and all of its comments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import pytest

from resolver.diagnostics import ResolverError, Source
from resolver.yaml_text.edit import with_entry, without_entry
from resolver.yaml_text.entry_path import Way, way_to_entries
from resolver.yaml_text.outline import Outline
from resolver.yaml_text.splices import Splice, spliced
from resolver.yaml_text.verify import verified
from tests.state.shapes import SHAPES
from tests.yaml_text.full_check import agrees
from tests.yaml_text.layouts import BLOCKS, OTHERS, REFUSED

OLD = """\
# of the file
model_tiers:
  escalation_state:
    # of the first
    "a:r": general # beside it
    # of the second
    "b:r": general
"""
WAY, KEY = Way(0, ("model_tiers", "escalation_state")), "b:r"
LOST = ("# of the file\n", "    # of the first\n", " # beside it", "    # of the second\n")
AT = OLD.rindex("general")
RIGHT = Splice(AT, AT + len("general"), "reasoning")


def judged(*splices: Splice, tier: str | None = "reasoning", old: str = OLD) -> Outline:
    return verified(Outline(Source("a.yaml", old)), sorted(splices, key=lambda each: each.start), WAY, KEY, tier)


def without(part: str) -> Splice:
    return Splice(OLD.index(part), OLD.index(part) + len(part), "")


def test_a_right_edit_is_accepted() -> None:
    """One entry is another, and all comments stay."""
    assert judged(RIGHT).source.text == OLD.replace('"b:r": general', '"b:r": reasoning')


@pytest.mark.parametrize("comment", LOST)
def test_a_lost_comment_is_refused(comment: str) -> None:
    """Wherever it stood, although every reader finds the same values."""
    with pytest.raises(ResolverError, match="other lines would change"):
        judged(RIGHT, without(comment))


@pytest.mark.parametrize(("before", "after"), [("of the second", "of the third"), ("# of the file\n", "# another\n")])
def test_another_comment_is_refused(before: str, after: str) -> None:
    """A changed word in a comment is a change of a person's text."""
    with pytest.raises(ResolverError, match="other lines would change"):
        judged(RIGHT, Splice(OLD.index(before), OLD.index(before) + len(before), after))


@pytest.mark.parametrize("more", [" # new", " #", "\n# new", "\n    # new"])
def test_a_comment_of_the_programs_own_is_refused(more: str) -> None:
    """The entry is all that is written."""
    with pytest.raises(ResolverError, match="a comment would be lost or added"):
        judged(Splice(RIGHT.start, RIGHT.end, f"reasoning{more}"))


def test_an_entry_that_is_taken_out_takes_the_comment_of_its_line_along() -> None:
    """And no comment of another line."""
    line = OLD.index('    "b:r"')
    assert judged(Splice(line, len(OLD), ""), tier=None)
    with pytest.raises(ResolverError, match="other lines would change"):
        judged(without("# of the file\n"), Splice(line, len(OLD), ""), tier=None)


LAYOUTS = {name: text for name, text in {**BLOCKS, **OTHERS}.items() if name not in REFUSED}
PADDED = [f"pad:\n{''.join(f'  k{at}: v{at} # {at}' + chr(10) for at in range(60))}", "last: [1, 2]\n"]


def right_edits() -> Iterator[tuple[str, Way, str, str | None, list[Splice]]]:
    """Every kind of right edit, of files in every layout, with other content around them and without."""
    texts = list(LAYOUTS.values())
    texts += [PADDED[0] + text + PADDED[1] for text in BLOCKS.values() if text.startswith("model_tiers:\n")]
    texts += [f"{shape.replace('{p}', '')}\n{BLOCKS['comments_between']}" for shape in SHAPES]
    for text in texts:
        source = Source("a.yaml", text.removeprefix("\ufeff"))
        try:
            documents = Outline(source).documents()
        except ResolverError:
            continue
        way = way_to_entries(documents)
        for key, tier in (("layout:worker_a", "general"), ("a:b", "reasoning"), ("a:b", None), ("a:c", None)):
            try:
                edit = with_entry(source, documents, way, key, tier) if tier else without_entry(
                    source, documents, way, key)  # fmt: skip
            except ResolverError:
                continue
            if agrees(source.text, spliced(source.text, edit), way, key, tier):  # else it cannot be asked
                yield source.text, way, key, tier, edit


@lru_cache
def edits() -> list[tuple[str, Way, str, str | None, list[Splice]]]:
    return list(right_edits())


def wrong_edits(text: str, splices: list[Splice]) -> Iterator[list[Splice]]:
    """The edit with a character wrong, in another place, twice, commented out, and too long or too short."""
    for index, splice in enumerate(splices):

        def put(other: Splice, index: int = index) -> list[Splice]:
            return [*splices[:index], other, *splices[index + 1 :]]

        new = splice.text
        for at in {0, 1, len(new) // 2, len(new) - 1} & set(range(len(new))):
            for c in ("x", " ", "#", ":", '"', "\n", ""):
                yield put(Splice(splice.start, splice.end, new[:at] + c + new[at + 1 :]))
        for step in (-7, -3, -1, 1, 2, 5, 11):
            start, end = splice.start + step, splice.end + step
            if 0 <= start <= end <= len(text):
                yield put(Splice(start, end, new))
        for start, end in (
            (splice.start - 1, splice.end),
            (splice.start, splice.end + 1),
            (splice.start + 1, splice.end),
        ):
            if 0 <= start <= end <= len(text):
                yield put(Splice(start, end, new))
        yield put(Splice(splice.start, splice.end, new + new))
        yield put(Splice(splice.start, splice.end, "# " + new))
        yield put(Splice(splice.start, splice.end, ""))
        yield put(Splice(splice.start, splice.end, new.replace("    ", "      ")))
        yield put(Splice(splice.start, splice.end, new.replace("    ", "  ")))


def is_accepted(text: str, splices: list[Splice], way: Way, key: str, tier: str | None) -> bool:
    if any(a.end > b.start for a, b in pairwise(splices)):
        return False
    try:
        verified(Outline(Source("a.yaml", text)), splices, way, key, tier)
    except ResolverError:
        return False
    return True


@pytest.mark.slow
def test_every_right_edit_is_accepted() -> None:
    """By the check on a window as by the one that reads both files as a whole."""
    assert len(edits()) > 400
    for text, way, key, tier, splices in edits():
        assert is_accepted(text, splices, way, key, tier), (text, spliced(text, splices))


@pytest.mark.slow
def test_every_wrong_edit_is_refused() -> None:
    """What the check of both files as a whole refuses, the one on a window refuses, too."""
    wrong = 0
    for text, way, key, tier, splices in edits():
        for other in wrong_edits(text, splices):
            new = spliced(text, other)
            if is_accepted(text, other, way, key, tier):
                assert agrees(text, new, way, key, tier), (text, new)
            else:
                wrong += 1
    assert wrong > 10_000
