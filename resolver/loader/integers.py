"""Help for values that are meant as integers."""

from __future__ import annotations

import re
from math import isfinite

from resolver.yaml_text.nodes import Node, Scalar, Sequence

_IN_DIGITS = "write it in digits, without quotes, a point or leading zeros"
_UNITS = {"s": 1, "sec": 1, "seconds": 1, "m": 60, "min": 60, "minutes": 60, "h": 3600}


def integer_help(node: Node) -> str:
    """Return the help that writes out the integer that `node` means.

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
            kind = "this is no number" if value != value else "no number is infinite"  # noqa: PLR0124  NaN
            return f"{kind}: write one in digits, or remove it for the default"
        if abs(value) < 10**15:
            return f"write `{value:.0f}`" if value == int(value) else f"write a whole number, such as `{value:.0f}`"
        return _IN_DIGITS
    if re.fullmatch(r"[-+]?0[0-9]+", text):
        return "write it without leading zeros, which some YAML readers take for octal"
    if match := re.fullmatch(r"([0-9]{1,9}) ?([a-z]+)", text):
        if match[2] in _UNITS:
            return f"write `{int(match[1]) * _UNITS[match[2]]}`: times are in seconds"
        return f"write `{int(match[1])}`"
    plain = re.sub(r"[_,' ]", "", text)
    if re.fullmatch(r"[-+]?[0-9]{1,18}", plain, re.ASCII):
        return f"write `{int(plain)}`, without quotes" if plain == text else f"write `{int(plain)}`"
    if re.fullmatch(r"0[xob][0-9a-fA-F_]{1,15}", text):
        try:
            return f"write `{int(text, 0)}`"
        except ValueError:
            return _IN_DIGITS
    return _IN_DIGITS
