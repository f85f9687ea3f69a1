"""Guesses at what an author meant."""

from __future__ import annotations

import pytest

from resolver.diagnostics import LEAST_REPLACED_IN_WORDS, closest, did_you_mean, near_miss

_KNOWN = ("role", "role_default", "phase", "Phase_Override", "triad")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("rol", "role"),
        ("ROLE", "role"),
        ("role_defaults", "role_default"),
        ("phase_override", "Phase_Override"),
        ("traid", "triad"),
        ("weather", None),
        ("", None),
    ],
)
def test_the_closest_name(name: str, meant: str | None) -> None:
    """The closest name is guessed, whatever the case; none, if none is close."""
    assert closest(name, _KNOWN) == meant
    assert did_you_mean(name, _KNOWN) == (f"did you mean `{meant}`?" if meant else "")


def test_the_guess_does_not_depend_on_the_order() -> None:
    """Of two names that are equally close, it is always the same one."""
    assert closest("ab", ["ac", "aa"]) == closest("ab", ["aa", "ac"])


def test_nothing_is_known() -> None:
    """Without names there is no guess."""
    assert did_you_mean("x", []) == ""


@pytest.mark.parametrize(
    ("name", "other", "is_near"),
    [
        ("test", "text", False),
        ("build", "guild", False),
        ("coder", "codex", False),
        ("writer", "waiter", False),
        ("judge", "nudge", False),
        ("test", "tesst", True),
        ("test", "tset", True),
        ("build", "buld", True),
        ("planner", "plammer", False),
        ("planner", "plamner", True),
        ("execution", "exekution", True),
    ],
)
def test_short_words_that_differ_in_one_letter_are_two_words(name: str, other: str, *, is_near: bool) -> None:
    least = LEAST_REPLACED_IN_WORDS
    assert near_miss(name, [other], least_replaced=least) == (other if is_near else None)
    assert near_miss(other, [name], least_replaced=least) == (name if is_near else None)


@pytest.mark.parametrize("name", ["zzexection", "execution", "xecution", "executio"])
@pytest.mark.parametrize("others", [0, 3_000])
def test_a_near_name_is_found_among_thousands(name: str, others: int) -> None:
    """Of very many names, those are compared that have the most letters in common at both ends."""
    known = [*(f"executor{number:04}" for number in range(others)), *(f"a{number}" for number in range(others))]
    meant = "zzexecution" if name.startswith("zz") else "executions" if name == "execution" else "execution"
    assert near_miss(name, [*known, meant]) == meant
    assert closest(name, [*known, meant]) == meant


@pytest.mark.parametrize("name", ["execution", "planning", "review"])
def test_every_typo_is_found_among_thousands(name: str) -> None:
    """A letter left out, doubled or replaced, and two exchanged, wherever in the name."""
    known = [f"{end}{number:04}{end}" for number in range(1_000) for end in ("ex", "re", "on", "pl", "ew")]
    for index in range(len(name)):
        begin, letter, rest = name[:index], name[index], name[index + 1 :]
        typos = {begin + rest, begin + letter + letter + rest, f"{begin}x{rest}", begin + rest[:1] + letter + rest[1:]}
        assert {near_miss(typo, [*known, name]) for typo in typos - {name}} == {name}
