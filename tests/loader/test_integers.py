"""Tests of the help for values that are meant as integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.diagnostics import Source
from resolver.loader.integers import integer_help
from resolver.yaml_text.nodes import Scalar, kind_of
from resolver.yaml_text.parser import EventReader


def scalar(text: str) -> Scalar:
    """Return the node of a plain text."""
    (node,) = EventReader(Source("a.yaml", text)).documents()
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30), ("30 sec", 30), ("30secs", 30), ("5m", 300), ("5 mins", 300), ("2h", 7_200), ("2hrs", 7_200),
        ("2 hours", 7_200), ("1H", 3_600), ("1d", 86_400), ("2days", 172_800),
    ],
)  # fmt: skip
def test_a_time_with_a_unit_is_written_out_in_seconds(text: str, seconds: int) -> None:
    """Minutes, hours and days are converted."""
    assert integer_help(scalar(text), is_time=True) == f"write `{seconds}`: times are in seconds"


@pytest.mark.parametrize("text", ["5m", "1k", "1d", "2hours", "500ms"])
def test_a_unit_of_another_number_is_not_dropped(text: str) -> None:
    """A number that is not a time has no unit, and the help does not recommend the digits before one."""
    assert integer_help(scalar(text)) == "write the number in digits, without a unit"


@given(
    st.integers(0, 10**8),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=2).filter(lambda unit: unit[0] not in "smhdx"),
    st.booleans(),
)
def test_an_unknown_unit_recommends_no_number(number: int, unit: str, is_time: bool) -> None:
    """Digits before letters of unknown meaning are no suggestion."""
    if unit not in ("times", "time", "failure", "failures") and unit[0] not in "eE":
        assert str(number) not in integer_help(scalar(f"{number}{unit}"), is_time=is_time)


@pytest.mark.parametrize(
    ("text", "kind", "help"),
    [
        (".inf", "infinity", "write a number in digits"),
        (".nan", "NaN", "write a number in digits"),
        ("1e3", "a floating-point number", "write `1000`"),
        ("2.5", "a number with a fraction", "write a whole number, such as `2` or `3`"),
        ("-0.5", "a number with a fraction", "write a whole number, such as `-1` or `0`"),
        ("3 times", "text", "write `3`"),
    ],
)
def test_a_number_is_described_as_it_is_written(text: str, kind: str, help: str) -> None:
    """Only a number with a fraction is said to have one, and neither infinity nor NaN can be left out everywhere."""
    assert (kind_of(scalar(text)), integer_help(scalar(text))) == (kind, help)
