"""Outcomes as rows of the spool; each row is checked when it is read."""

from __future__ import annotations

import json

from resolver.domain import Subject, Value, subject_problem
from resolver.frozen import frozen
from resolver.schema import name_problem
from resolver.state.journal_columns import DamagedRowError, json_of, maybe_text_of, number_of, second_of, text_of
from resolver.state.journal_rows import SqlRow
from resolver.table import Report

_LONGEST_KEY = 32
"""Characters of the key of an outcome in the database."""


@frozen
class Queued:
    """An outcome that waits: its unique key, the time of its report, and the generation of its subject's entry then."""

    key: str
    time: int
    generation: int
    report: Report
    id: int = 0


def text_or_bytes(data: bytes) -> str | bytes:
    """Decode the text that SQLite has as bytes; what is not UTF-8 stays bytes, and its row is damaged."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def text_of_report(report: Report) -> str:
    """Return a report as JSON."""
    subject = report.subject
    values = [subject.triad, subject.role, report.phase, dict(report.extra), report.failed, report.kind, report.error]
    return json.dumps([*values, report.ran_on])


def queued_of(row: SqlRow) -> Queued:
    """Return the outcome in a row: key, time, generation, report, id.

    Raises:
        DamagedRowError: This program has not written the row.
    """
    key, time, generation, report, number = row
    name = text_of(key)
    if not (0 < len(name) <= _LONGEST_KEY and name.isascii() and name.isalnum()):
        raise DamagedRowError(f"`{name:.80}` is not a key")
    return Queued(name, second_of(time), number_of(generation, 0), _report_of(report), number_of(number))


def _report_of(value: object) -> Report:
    fields = json_of(value)
    if not isinstance(fields, list) or len(fields) != 8:
        raise DamagedRowError(f"`{value!r:.80}` is not a report")
    triad, role, phase, extra, failed, kind, error, ran_on = fields
    if problem := subject_problem(triad, role):
        raise DamagedRowError(problem)
    if not isinstance(failed, bool):
        raise DamagedRowError(f"`{failed!r:.80}` is neither true nor false")
    phase, kind, ran_on = map(_maybe_name_of, (phase, kind, ran_on))
    subject = Subject(_name_of(triad), _name_of(role))
    return Report(subject, phase, _facts_of(extra), failed, kind, maybe_text_of(error), ran_on)


def _facts_of(value: object) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise DamagedRowError(f"`{value!r:.80}` is not a mapping of facts")
    return {_name_of(name): _fact_of(fact) for name, fact in value.items()}


def _fact_of(value: object) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _name_of(value)


def _name_of(value: object) -> str:
    name = text_of(value)
    if problem := name_problem(name):
        raise DamagedRowError(f"the name `{name[:80]!r}` {problem}")
    return name


def _maybe_name_of(value: object) -> str | None:
    return None if value is None else _name_of(value)
