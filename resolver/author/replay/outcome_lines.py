"""Recorded outcomes, a line of JSON each: what `resolver history --format jsonl` writes and a replay reads.

Logged decisions may stand between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from resolver.author.replay.decision_lines import DecisionLine, DecisionReader, wrong_decision
from resolver.diagnostics import Diagnostic, Place, Source, did_you_mean, legible
from resolver.domain import subject_problem
from resolver.schema import name_problem

KEYS = (
    "time", "triad", "role", "phase", "result", "kind", "facts", "ran_on", "tier", "effect", "rule", "to", "strikes",
    "failed_tier", "revision", "entry",
)  # fmt: skip
"""What a line may hold; `triad`, `role` and `result` it must."""
_TEXTS = ("time", "phase", "kind", "ran_on", "tier", "effect", "rule", "to", "failed_tier", "entry")
_NONE: dict[str, Any] = {}
LONGEST_LINE = 100_000
"""Bytes of a line."""
MOST_PLACED = 100
"""Bad lines of one file that are shown with their place in it; there may be a million."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no event, and why; of very many only the first have a diagnostic."""

    number: int
    diagnostic: Diagnostic | None


Line = dict[str, Any]
Shape = tuple[Any, ...]
"""Role, result, phase and kind."""
RecordedResult = tuple[Any, ...]
"""What the record says came of it: entry, ran_on, tier, effect, to, rule, strikes, failed_tier."""
Event = tuple[int, Line, Shape, RecordedResult]
"""A line's number and what it says."""


class OutcomeReader:
    """Reads lines of events; what lines have in common is looked at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        # json.loads takes as long again for what is not needed here
        self._scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the stubs leave it out
        self._triads: set[str] = set()
        self._shapes: set[Shape] = set()
        self._told: set[RecordedResult] = set()
        self._keys: set[tuple[str, ...]] = set()
        self._decisions = DecisionReader()
        self._bad = 0

    def read(self, lines: Iterable[bytes]) -> Iterator[Event | DecisionLine | BadLine]:
        """Yield each line's number and what it says, or why it is no event; empty lines are left out."""
        scan, keys, triads, shapes, tolds = self._scan, self._keys, self._triads, self._shapes, self._told
        for number, raw in enumerate(lines, 1):
            try:
                text = raw.decode()
                line, end = scan(text, 0)
                get = line.get
                triad, shape = line["triad"], (line["role"], line["result"], get("phase"), get("kind"))
                told = (
                    get("entry"), get("ran_on"), get("tier"), get("effect"), get("to"), get("rule"), get("strikes"),
                    get("failed_tier"),
                )  # fmt: skip
                if (
                    triad in triads
                    and shape in shapes
                    and told in tolds
                    and tuple(line) in keys
                    and get("time", "").__class__ is str
                    and (len(text) == end + 1 or not text[end:].strip())
                    and get("facts", _NONE).__class__ is dict
                ):
                    yield number, line, shape, told
                    continue
            except KeyError:  # a decision has no `result`, and outcomes do not pay for asking whether they are one
                if (decision := self._decisions.read(number, line, text[end:])) is not None:
                    yield decision
                    continue
            except (ValueError, RecursionError, TypeError, AttributeError, StopIteration):
                pass
            if raw.strip():
                yield self._carefully(number, raw)

    def _carefully(self, number: int, raw: bytes) -> Event | DecisionLine | BadLine:
        found = self._parsed(raw)
        if not isinstance(found, dict):
            self._bad += 1
            return BadLine(number, self._diagnostic(number, raw, *found) if self._bad <= MOST_PLACED else None)
        if "event" in found:
            return self._decisions.known(number, found)
        get = found.get
        shape = (found["role"], found["result"], get("phase"), get("kind"))
        names = ("entry", "ran_on", "tier", "effect", "to", "rule", "strikes", "failed_tier")
        told = tuple(get(name) for name in names)
        self._keys.add(tuple(found))
        self._triads.add(found["triad"])
        self._shapes.add(shape)
        self._told.add(told)
        return number, found, shape, told

    def _parsed(self, raw: bytes) -> Line | tuple[str, str]:
        """Return what a line says, or why it is no event and what to do about it."""
        help = "an event is a line of JSON, such as `resolver history --format jsonl` or a decision log writes"
        if len(raw) > LONGEST_LINE:
            return f"the line is longer than {LONGEST_LINE:,} bytes", help
        try:
            line = json.loads(raw)
        except UnicodeDecodeError:
            return "the line is not UTF-8", help
        except RecursionError:
            return "the line is nested too deeply", help
        except ValueError as error:
            return f"the line is not JSON: {str(error).partition(':')[0].lower()}", help
        return self._wrong(line) or line

    def _wrong(self, line: object) -> tuple[str, str] | None:
        """Return what is wrong with a line of JSON, and what to do about it; None if it is an event."""
        if not isinstance(line, dict):
            return "an event is an object", '`{"triad": "layout", "role": "worker_a", "result": "failure"}`'
        if "event" in line:
            return wrong_decision(line)
        if unknown := [key for key in line if key not in KEYS]:
            return f"unknown key `{unknown[0]}`", did_you_mean(unknown[0], KEYS) or f"known: {', '.join(KEYS)}"
        if missing := [key for key in ("triad", "role", "result") if key not in line]:
            return f"the event has no `{missing[0]}`", "every event has `triad`, `role` and `result`"
        if line["result"] not in ("success", "failure"):
            return f"`result` is never `{line['result']}`", "write `success` or `failure`"
        texts = {"triad": line["triad"], "role": line["role"], **{key: line.get(key) for key in _TEXTS}}
        for key, value in texts.items():
            if value is not None and not isinstance(value, str):
                return f"`{key}` is text, not `{value}`", "put it in quotes"
            if value is not None and (problem := name_problem(value)):
                return f"`{key}` {problem}", "choose a shorter, plain one"
        if problem := subject_problem(line["triad"], line["role"]):
            return problem, "rename it"
        strikes = line.get("strikes")
        if strikes is not None and (type(strikes) is not int or strikes < 1):
            return f"`strikes` is a number from 1 on, not `{strikes}`", "leave it out if there is no streak"
        facts = line.get("facts")
        if facts is not None and not isinstance(facts, dict):
            return "`facts` is an object", "write names and values of facts, or leave it out"
        return None

    def _diagnostic(self, number: int, raw: bytes, message: str, help: str) -> Diagnostic:
        shown = raw[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r\n").replace("\r", " ").replace("\n", " ")
        source = Source(self.name, "\n" * (number - 1) + shown)
        return Diagnostic("event", legible(message), Place(source, number, 1, len(shown)), legible(help))
