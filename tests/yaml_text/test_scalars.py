"""What a plain scalar means: YAML 1.2's core schema."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.yaml_text.scalars import plain_value


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null(text: str) -> None:
    """An empty scalar, `~` and three spellings of `null` are null."""
    assert plain_value(text) is None


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_true(text: str) -> None:
    """Three spellings of `true` are true."""
    assert plain_value(text) is True


@pytest.mark.parametrize("text", ["false", "False", "FALSE"])
def test_false(text: str) -> None:
    """Three spellings of `false` are false."""
    assert plain_value(text) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("0xff", 255),
        ("1" * 40, int("1" * 40)),
    ],
)
def test_integers(text: str, value: int) -> None:
    """Integers are decimal, octal with `0o`, or hexadecimal with `0x`."""
    found = plain_value(text)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("-1e3", -1000.0), ("+1.e-2", 0.01), ("010.5", 10.5), ("1e400", math.inf)],
)
def test_numbers_with_a_fraction(text: str, value: float) -> None:
    """A point or an exponent makes a number with a fraction."""
    found = plain_value(text)
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize("text", [".inf", "+.inf", "-.Inf", ".INF"])
def test_infinity(text: str) -> None:
    """Infinity is written with a point."""
    assert plain_value(text) in (math.inf, -math.inf)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    """So is what is not a number."""
    found = plain_value(text)
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    "text",
    ["yes", "no", "on", "off", "y", "Yes", "tRUE", "nULL", "none", "nan", "inf", "infinity", "-.nan", ".iNf"],
)
def test_words_that_yaml_1_1_or_python_reads_otherwise(text: str) -> None:
    """What was a boolean in YAML 1.1, or is a number for Python, is text."""
    assert plain_value(text) == text


@pytest.mark.parametrize(
    "text",
    ["1_000", "0b11", "-0x1F", "+0o17", "0O17", "0X1F", "0x", "0o8", "1e", "e1", ".", "+", "-", "1.2.3", "12:30:45",
     "2001-01-01", "2001-01-01T00:00:00Z", "1,000", "½", "٣", "１", "=", "<<", "1 ", " 1", "1\n"],
)  # fmt: skip
def test_what_only_looks_like_a_number(text: str) -> None:
    """Underscores, signs before a base, dates and digits that are not ASCII make text."""
    assert plain_value(text) == text


@pytest.mark.parametrize("text", ["00", "010", "-010", "+08", "0777"])
def test_leading_zeros(text: str) -> None:
    """An integer with leading zeros is text: octal in YAML 1.1, decimal in YAML 1.2, so nobody knows what was meant."""
    assert plain_value(text) == text


@pytest.mark.parametrize("text", ["9" * 3_501, "0x" + "F" * 5_000, "0o" + "7" * 5_000, "1" * 4_000 + ".5"])
def test_very_long_numbers(text: str) -> None:
    """A number of thousands of digits is text, since Python refuses to read or to print it."""
    assert plain_value(text) == text


@given(st.integers(-(10**30), 10**30))
def test_every_integer(value: int) -> None:
    """Every decimal integer is itself."""
    assert plain_value(str(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number(value: float) -> None:
    """Every finite number as Python prints it is itself."""
    assert plain_value(repr(value)) == value


@given(st.text())
def test_every_text(text: str) -> None:
    """Any text has a meaning, which Python can print."""
    assert str(plain_value(text)) is not None
