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
"""The expected value and the help, by what is wrong."""

OUTSIDE = {
    "pri": "the lowest `pri` that matches wins: choose a number in this range",
    "cool_down": "write seconds; with 0 a provider that failed keeps its place",
    "timeout": "write seconds; a call that takes longer fails",
}
"""The help for a number outside of its range, by key."""

CLOSING: dict[tuple[int | str, ...], str] = {
    ("model_tiers", "phases"): "phase",
    ("model_tiers", "triads"): "triad",
    ("model_tiers", "kinds"): "kind of failure",
}
"""The lists that close a vocabulary, and the noun for a name in each."""

TIMES = ("cool_down", "timeout")
"""The keys whose numbers are seconds."""

SEVERAL_EVENTS = {
    "any": "write `all: [{m: {$or: […]}}]`",
    "count": "failures in a row are the fact `strikes`: `{$gte: {strikes: 3}}`",
    "cap": "remove it",
    "span": "remove it",
}
"""Features of durable-rules that policies cannot use, and what to write instead."""
