"""Logged decisions, a line of JSON each, as a decision log writes and a replay reads them."""

from __future__ import annotations

from typing import Any

from resolver.diagnostics import did_you_mean
from resolver.domain import subject_problem
from resolver.frozen import frozen

KEYS = (
    "time", "event", "triad", "role", "phase", "facts", "tier", "rule", "revision", "state_revision", "entry",
    "dropped",
)  # fmt: skip
"""The keys that a line may have; it must have `event`, `triad`, `role` and `tier`."""
_KEYS = frozenset(KEYS)
_TEXTS = ("time", "phase", "rule", "revision", "entry")
_COUNTS = ("state_revision", "dropped")

Shape = tuple[Any, ...]
"""Role, phase, entry and tier."""


@frozen
class DecisionLine:
    """A line's number and what it says."""

    number: int
    line: dict[str, Any]
    shape: Shape


def decision_of(number: int, line: dict[str, Any]) -> DecisionLine:
    """Return the decision of a line that has been checked."""
    get = line.get
    return DecisionLine(number, line, (line["role"], get("phase"), get("entry"), line["tier"]))


def wrong_decision(line: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with an object that has an `event`, and what to do about it; None if it is a decision.

    Its names may be odd, since the log has every request.
    """
    if line["event"] != "decision":
        return f"`event` is never `{line['event']}`", "write `decision`, or leave it out for an outcome"
    if not _KEYS.issuperset(line):
        unknown = next(key for key in line if key not in _KEYS)
        return f"unknown key `{unknown}`", did_you_mean(unknown, KEYS) or f"known: {', '.join(KEYS)}"
    if missing := [key for key in ("triad", "role", "tier") if key not in line]:
        return f"the decision has no `{missing[0]}`", "every decision has `triad`, `role` and `tier`"
    for key in ("triad", "role", "tier", *_TEXTS):
        value = line.get(key, "")
        if not isinstance(value, str) and (value is not None or key not in _TEXTS):
            return f"`{key}` is text, not `{value}`", "put it in quotes"
    if problem := subject_problem(line["triad"], line["role"]):
        return problem, "rename it"
    for key in _COUNTS:
        count = line.get(key)
        if count is not None and (type(count) is not int or count < 0):
            return f"`{key}` is a number from 0 on, not `{count}`", "leave it out if there is none"
    facts = line.get("facts")
    if facts is not None and not isinstance(facts, dict):
        return "`facts` is an object", "write names and values of facts, or leave it out"
    return None
