"""Options are frozen values, and plain data again for JSON."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from resolver.domain import Options, plain_option, plain_options, same_options


def test_plain_options_are_lists_and_dictionaries() -> None:
    """Nested tuples and mappings become what JSON has."""
    options: Options = {"stop": ("a", (1,)), "body": MappingProxyType({"deep": ("b",), "none": None})}
    assert plain_options(options) == {"stop": ["a", [1]], "body": {"deep": ["b"], "none": None}}
    assert plain_option(1.5) == 1.5


def test_the_order_of_options_does_not_matter() -> None:
    """Two sets of options are the same if each name has the same value, at any depth."""
    assert same_options({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1})


@pytest.mark.parametrize("other", [True, 1.0, "1", (1,), None])
def test_values_of_two_types_differ(other: bool | float | str | tuple[int, ...] | None) -> None:
    """`1`, `true` and `1.0` are one number to Python, and three options to a provider."""
    assert not same_options({"a": 1}, {"a": other})
