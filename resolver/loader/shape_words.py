"""Words for values that do not fit the shape of a policy."""

from __future__ import annotations

EXPECTED = {
    "text": ("text", "put it in quotes if it is meant as text"),
    "number": ("a number", "write it in digits, without quotes"),
    "integer": ("an integer", "write it in digits, without quotes, a point or leading zeros"),
    "boolean": ("a boolean", "write `true` or `false`, without quotes"),
    "mapping": ("a mapping", "write `name: …` lines under it, indented"),
    "keys": ("a mapping", "write `key: …` lines under it, indented"),
    "list": ("a list", "write `[one, two]`"),
}
"""The expected value and what to do, by what is wrong."""

RANGES = {
    "pri": ("0 to 65,535", "the lowest `pri` that matches wins: choose a number in this range"),
    "cool_down": ("0 to 86,400", "write seconds; with 0 a provider that failed keeps its place"),
    "timeout": ("0 to 3,600 (without 0)", "write seconds; a call that takes longer fails"),
}
"""The numbers for a key, and what to do about another number, if the shape has bounds."""

TIMES = ("cool_down", "timeout")
"""The keys whose numbers are seconds."""

SEVERAL_EVENTS = {
    "any": "write `all: [{m: {$or: […]}}]`",
    "count": "failures in a row are the fact `strikes`: `{$gte: {strikes: 3}}`",
    "cap": "remove it",
    "span": "remove it",
}
"""Features of durable-rules that policies cannot use, and what to write instead."""
