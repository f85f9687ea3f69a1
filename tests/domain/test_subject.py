from enum import Enum, StrEnum

import pytest

from resolver.domain import Subject, subject_problem


class Role(str, Enum):  # noqa: UP042 - prints as Role.PINNED, which is the point
    PINNED = "a:b"


class Plain(StrEnum):
    CRITIC = "critic"


@pytest.mark.parametrize("triad", ["layout", "", "a:b", ":", "tab\t"])
@pytest.mark.parametrize("role", ["critic", "", " "])
def test_a_key_is_read_back_as_it_was_written(triad: str, role: str) -> None:
    """A key is split at its last colon, so that a triad may have some."""
    assert Subject.parse(str(Subject(triad, role))) == Subject(triad, role)


def test_a_key_without_a_colon_names_no_subject() -> None:
    """A key without a colon is None, not a subject without a triad."""
    assert Subject.parse("critic") is None


@pytest.mark.parametrize(("triad", "role"), [("", ""), ("a:b", "critic"), ("layout", Plain.CRITIC), ("\0", "\ud800")])
def test_any_text_names_a_subject(triad: str, role: str) -> None:
    """Empty and odd names are ordinary names."""
    assert subject_problem(triad, role) is None


@pytest.mark.parametrize(
    ("triad", "role", "said"),
    [
        (None, "critic", "a triad is text, not `None`"),
        ("layout", 3, "a role is text, not `3`"),
        ("layout", b"critic", "a role is text, not `b'critic'`"),
        ("layout", "a:b", "the role `a:b` has a colon, which ends the triad in `triad:role`"),
        ("layout", Role.PINNED, "the role `a:b` has a colon, which ends the triad in `triad:role`"),
    ],
)
def test_what_names_no_subject_is_said(triad: object, role: object, said: str) -> None:
    """A name that is not text, and a role with a colon, are named; an enumeration's member by its value."""
    assert subject_problem(triad, role) == said
