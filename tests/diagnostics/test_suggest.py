"""Guesses at what an author meant."""

from __future__ import annotations

import pytest

from resolver.diagnostics import closest, did_you_mean

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
