"""Help for values that are meant as integers."""

from __future__ import annotations

import re
from math import floor, isfinite

from resolver.yaml_text.nodes import Node, Scalar, Sequence

_IN_DIGITS = "write it in digits, without quotes, a point or leading zeros"
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
"""Seconds by unit."""
_COUNTED = frozenset(("x", "time", "times", "strike", "strikes", "failure", "failures"))
"""Words after a number that leave its value as it is."""


def integer_help(node: Node, *, is_time: bool = False) -> str:
    """Return the help that writes out the integer that `node` means.

    Args:
        node: The value, which is not an integer.
        is_time: Whether an integer here is a time in seconds.

    >>> from resolver.diagnostics import Source
    >>> integer_help(Scalar(Source("a.yaml", "1e3"), 0, 3, 0, value=1000.0, text="1e3"))
    'write `1000`'
    """
    if isinstance(node, Sequence):
        return "write one number, without brackets"
    if not isinstance(node, Scalar) or not node.text or node.value is None:
        return "write a number in digits"
    text, value = node.text, node.value
    if isinstance(value, bool):
        return "write a number in digits"
    if isinstance(value, float):
        if not isfinite(value):
            return "write a number in digits"
        if abs(value) < 10**15:
            lower = floor(value)
            return f"write `{lower}`" if value == lower else f"write a whole number, such as `{lower}` or `{lower + 1}`"
        return _IN_DIGITS
    if re.fullmatch(r"[-+]?0[0-9]+", text):
        return "write it without leading zeros, which some YAML readers take for octal"
    if match := re.fullmatch(r"([0-9]{1,9}) ?([A-Za-z]+)", text):
        return _without_unit(int(match[1]), match[2].lower(), is_time=is_time)
    plain = re.sub(r"[_,' ]", "", text)
    if re.fullmatch(r"[-+]?[0-9]{1,18}", plain, re.ASCII):
        return f"write `{int(plain)}`, without quotes" if plain == text else f"write `{int(plain)}`"
    if re.fullmatch(r"0[xob][0-9a-fA-F_]{1,15}", text):
        try:
            return f"write `{int(text, 0)}`"
        except ValueError:
            return _IN_DIGITS
    return _IN_DIGITS


def _without_unit(number: int, unit: str, *, is_time: bool) -> str:
    """Return the help for a number with a unit: the number in seconds, if a time is meant."""
    if is_time and unit in _UNITS:
        return f"write `{number * _UNITS[unit]}`: times are in seconds"
    if is_time:
        return "write seconds in digits, without a unit"
    return f"write `{number}`" if unit in _COUNTED else "write the number in digits, without a unit"
