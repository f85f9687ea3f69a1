"""Recorded outcomes, a line of JSON each, as `resolver history --format jsonl` writes and a replay reads them.

Logged decisions may be between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, BinaryIO

from resolver.author.replay.decision_lines import DecisionLine, decision_of, wrong_decision
from resolver.diagnostics import Diagnostic, Place, Source, did_you_mean, legible
from resolver.domain import subject_problem
from resolver.frozen import frozen
from resolver.schema import name_problem

KEYS = (
    "time", "triad", "role", "phase", "result", "kind", "facts", "ran_on", "tier", "effect", "rule", "to", "strikes",
    "failed_tier", "revision", "entry",
)  # fmt: skip
"""The keys that a line may have; it must have `triad`, `role` and `result`."""
_KEYS = frozenset(KEYS)
_TEXTS = ("triad", "role", "time", "phase", "kind", "ran_on", "tier", "effect", "rule", "to", "failed_tier", "entry")
LONGEST_LINE = 100_000
"""Bytes of a line."""
_LONGEST_SKIPPED = 2**24
"""Bytes of a line that is too long, after which nothing more of the file is read: it is not text, or a device."""
MOST_PLACED = 100
"""Bad lines of one file that are reported with their place; there may be a million."""

_problem_of = lru_cache(maxsize=10_000)(name_problem)
"""Cached, since lines repeat the same names."""


@frozen
class BadLine:
    """A line that is not a record, and why; only the first bad lines have a diagnostic."""

    number: int
    diagnostic: Diagnostic | None


Line = dict[str, Any]
Shape = tuple[Any, ...]
"""Role, result, phase and kind."""
RecordedResult = tuple[Any, ...]
"""The recorded result: entry, ran_on, tier, effect, to, rule, strikes, failed_tier."""
Event = tuple[int, Line, Shape, RecordedResult]
"""A line's number, content, shape and result."""


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, of which a line that is too long to be a record is cut."""
    while raw := file.readline(LONGEST_LINE + 1):
        yield raw
        left = _LONGEST_SKIPPED
        while len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            rest = file.readline(2**20)
            left -= len(rest)
            if left < 0 or not rest:
                return
            raw += rest[-1:]


class OutcomeReader:
    """Reads lines of outcomes and decisions. `name` is the name of the file in diagnostics."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._bad = 0

    def read(self, lines: Iterable[bytes]) -> Iterator[Event | DecisionLine | BadLine]:
        """Yield each line's number and content, or why it is not a record. Empty lines are left out."""
        for number, raw in enumerate(lines, 1):
            record = self._record(number, raw)
            if record is not None:
                yield record

    def _record(self, number: int, raw: bytes) -> Event | DecisionLine | BadLine | None:
        line = _parsed(raw)
        if line is None:
            return None
        if isinstance(line, tuple):
            self._bad += 1
            return BadLine(number, self._diagnostic(number, raw, *line) if self._bad <= MOST_PLACED else None)
        if "event" in line:
            return decision_of(number, line)
        get = line.get
        result = (
            get("entry"), get("ran_on"), get("tier"), get("effect"), get("to"), get("rule"), get("strikes"),
            get("failed_tier"),
        )  # fmt: skip
        return number, line, (line["role"], line["result"], get("phase"), get("kind")), result

    def _diagnostic(self, number: int, raw: bytes, message: str, help: str) -> Diagnostic:
        shown = raw[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r\n").replace("\r", " ").replace("\n", " ")
        source = Source(self.name, "\n" * (number - 1) + shown)
        return Diagnostic("event", legible(message), Place(source, number, 1, len(shown)), legible(help))


def _parsed(raw: bytes) -> Line | tuple[str, str] | None:
    """Return the content of a line; or what is wrong with it and what to do; or None for an empty line."""
    help = "write a line of JSON, as `resolver history --format jsonl` or a decision log does"
    if len(raw) > LONGEST_LINE:
        return f"the line is longer than {LONGEST_LINE:,} bytes", help
    try:
        line = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "the line is not UTF-8", help
    except RecursionError:
        return "the line is nested too deeply", help
    except ValueError as error:
        return (f"the line is not JSON: {str(error).partition(':')[0].lower()}", help) if raw.strip() else None
    return _wrong(line) or _twice(raw, line) or line


class _KeyTwiceError(Exception):
    """An object of a line gives a key twice."""


def _once(entries: list[tuple[str, Any]]) -> Line:
    content: Line = {}
    for key, value in entries:
        if key in content:
            raise _KeyTwiceError(key)
        content[key] = value
    return content


def _twice(raw: bytes, line: Line) -> tuple[str, str] | None:
    """Return that a record gives a key twice, and what to do about it; None if it does not.

    A line is read again only if it does not have as many keys as the record; a record with spaces before a colon, or
    with a colon in a value, may be such a line.
    """
    facts = line.get("facts")
    count = len(line) + (len(facts) if facts else 0)
    if raw.count(b'":') == count and not any(space in raw for space in (b'" ', b'"\t', b'"\r')):
        return None
    try:
        json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except _KeyTwiceError as error:
        return f"the line gives `{error}` twice", "remove one of the two"
    return None


def _wrong(line: object) -> tuple[str, str] | None:
    """Return what is wrong with a line of JSON, and what to do about it; None if it is a record."""
    if not isinstance(line, dict):
        return "the line is not an object", '`{"triad": "layout", "role": "worker_a", "result": "failure"}`'
    if "event" in line:
        return wrong_decision(line)
    if not _KEYS.issuperset(line):
        unknown = next(key for key in line if key not in _KEYS)
        return f"unknown key `{unknown}`", did_you_mean(unknown, KEYS) or f"known: {', '.join(KEYS)}"
    for key in ("triad", "role", "result"):
        if key not in line:
            return f"the outcome has no `{key}`", "every outcome has `triad`, `role` and `result`"
    if line["result"] not in ("success", "failure"):
        return f"`result` is never `{line['result']}`", "write `success` or `failure`"
    get = line.get
    for key in _TEXTS:
        value = get(key)
        if value is not None and value.__class__ is not str:
            return f"`{key}` is text, not `{value}`", "put it in quotes"
        if value is not None and (problem := _problem_of(value)):
            return f"`{key}` {problem}", "choose a shorter, plain one"
    if problem := subject_problem(line["triad"], line["role"]):
        return problem, "rename it"
    strikes, facts = get("strikes"), get("facts")
    if strikes is not None and (type(strikes) is not int or strikes < 1):
        return f"`strikes` is a number from 1 on, not `{strikes}`", "leave it out if there is no streak"
    if facts is not None and not isinstance(facts, dict):
        return "`facts` is an object", "write names and values of facts, or leave it out"
    return None
