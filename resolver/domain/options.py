"""Options of models and providers: plain values that an author wrote, frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from resolver.frozen import FrozenDict

if TYPE_CHECKING:
    OptionValue = str | int | float | bool | None | tuple["OptionValue", ...] | Mapping[str, "OptionValue"]
else:  # `get_type_hints` and pydantic look for the name in the module of the class that uses it, and do not find it
    OptionValue = str | int | float | bool | None | tuple[object, ...] | Mapping[str, object]
"""A value of an option: a text, a number, a boolean or null, or a list or mapping of such values."""
Options = Mapping[str, OptionValue]
"""Options by name."""
PlainOption = str | int | float | bool | None | list["PlainOption"] | dict[str, "PlainOption"]
"""A value of an option as JSON has it."""

NO_OPTIONS: Mapping[str, Options] = FrozenDict()
"""Nothing has options. Everything without options shares this mapping."""


def plain_option(value: OptionValue) -> PlainOption:
    """Return a value with lists and dictionaries in place of tuples and frozen mappings.

    >>> plain_option({"stop": ("a", "b")})
    {'stop': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return plain_options(value)
    return [plain_option(item) for item in value] if isinstance(value, tuple) else value


def plain_options(options: Options) -> dict[str, PlainOption]:
    """Return options as JSON has them."""
    return {name: plain_option(value) for name, value in options.items()}


def same_options(first: Options, second: Options) -> bool:
    """Return whether two sets of options mean the same: their order does not matter, but `1` is not `true` or `1.0`."""
    return _canonical(first) == _canonical(second)


def _canonical(options: Options) -> str:
    return json.dumps(plain_options(options), sort_keys=True)
