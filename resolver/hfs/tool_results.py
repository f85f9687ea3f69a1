"""Recognizes the failures that HFS's tools answer as text."""

from __future__ import annotations

import ast
import json
import re

_LONGEST_READ = 1_000_000
_AT_THE_TOP = re.compile(r"""\{(?:[^{}\[\]"']|"[^"]*"|'[^']*')*?(?<=[{,\s])["']success["']\s*:\s*(?:false|False)\b""")
"""A `success` that is false, before any nested value."""


def tool_failed(tool_name: str, result: str) -> bool:
    """Return whether a result of a tool of HFS is a failure: a mapping in which `success` is false.

    Args:
        tool_name: Not used: all of HFS's tools answer in one form.
        result: The result as text: JSON, or what Python shows of a `dict`.

    Example:
        >>> tool_failed("generate_code", '{"success": false, "error": "no plan"}')
        True
        >>> tool_failed("generate_code", "{'success': True, 'files': []}")
        False
    """
    text = str(result).strip()
    if not text.startswith("{") or len(text) > _LONGEST_READ:
        return False
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return isinstance(value, dict) and value.get("success") is False
    return _AT_THE_TOP.match(text) is not None  # a mapping that holds more than plain values
