"""Logged decisions, a line of JSON each: what a decision log writes and a replay reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resolver.diagnostics import did_you_mean
from resolver.domain import subject_problem

KEYS = (
    "time", "event", "triad", "role", "phase", "facts", "tier", "rule", "revision", "state_revision", "entry",
    "dropped",
)  # fmt: skip
"""What a line may hold; `event`, `triad`, `role` and `tier` it must."""
_TEXTS = ("time", "phase", "rule", "revision", "entry")
_COUNTS = ("state_revision", "dropped")
_NONE: dict[str, Any] = {}

Shape = tuple[Any, ...]
"""Role, phase, entry and tier."""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A line's number and what it says."""

    number: int
    line: dict[str, Any]
    shape: Shape


class DecisionReader:
    """Reads lines of decisions; what lines have in common is looked at once."""

    def __init__(self) -> None:
        self._triads: set[str] = set()
        self._shapes: set[Shape] = set()
        self._told: set[tuple[Any, ...]] = set()
        self._keys: set[tuple[str, ...]] = set()

    def read(self, number: int, line: dict[str, Any], rest: str) -> DecisionLine | None:
        """Return the decision that `line` is, with `rest` behind it; None if it has to be looked at carefully."""
        get = line.get
        try:
            shape = (line["role"], get("phase"), get("entry"), line["tier"])
            if (
                line["triad"] in self._triads
                and shape in self._shapes
                and (get("event"), get("rule"), get("revision")) in self._told
                and tuple(line) in self._keys
                and get("time", "").__class__ is str
                and get("facts", _NONE).__class__ is dict
                and ((revision := get("state_revision")) is None or (revision.__class__ is int and revision >= 0))
                and not rest.strip()
            ):
                return DecisionLine(number, line, shape)
        except (TypeError, KeyError):
            pass
        return None

    def known(self, number: int, line: dict[str, Any]) -> DecisionLine:
        """Return the decision that `line` is, in which nothing is wrong."""
        get = line.get
        shape = (line["role"], get("phase"), get("entry"), line["tier"])
        self._triads.add(line["triad"])
        self._shapes.add(shape)
        self._told.add((get("event"), get("rule"), get("revision")))
        if "dropped" not in line:
            self._keys.add(tuple(line))
        return DecisionLine(number, line, shape)


def wrong_decision(line: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with an object that has an `event`, and what to do about it; None if it is a decision.

    Its names may be odd: whatever was asked is in the log.
    """
    if line["event"] != "decision":
        return f"`event` is never `{line['event']}`", "write `decision`, or leave it out for an outcome"
    if unknown := [key for key in line if key not in KEYS]:
        return f"unknown key `{unknown[0]}`", did_you_mean(unknown[0], KEYS) or f"known: {', '.join(KEYS)}"
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
