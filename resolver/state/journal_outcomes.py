"""Reported outcomes as rows of SQLite: a line of JSON for replays, and the kept key of the report."""

from __future__ import annotations

import json
import sqlite3

from resolver.domain import EffectKind, Escalation, Outcome, Recorded
from resolver.state.journal_columns import MOST, DamagedRowError, json_of, maybe_text_of, number_of, text_of, time_of
from resolver.state.journal_rows import SqlRow, encodable

MOST_OUTCOMES = 100_000
"""Outcomes that are kept; older outcomes are deleted."""
_BETWEEN_LOOKS = 10_000


def add_outcome(connection: sqlite3.Connection, line: str, key: str | None, why: str = "") -> None:
    """Add an outcome, and delete the oldest outcomes from time to time, with their keys.

    Args:
        connection: The database, in a transaction.
        line: The outcome, as `line_of` returns it.
        key: The kept key of its report, None without a key.
        why: Why its escalation is more than one step up.

    """
    query = "INSERT INTO outcome (line, key, why) VALUES (?, ?, ?)"
    added = connection.execute(query, (line, key, encodable(why) if key and why else None)).lastrowid or 0
    if added % _BETWEEN_LOOKS == 0:
        connection.execute("DELETE FROM outcome WHERE id <= ?", (added - MOST_OUTCOMES,))


def line_of(recorded: Recorded) -> str:
    """Return an outcome as a line of JSON; absent values are left out."""
    streak = recorded.standing.streak
    line = {
        "time": recorded.time.isoformat(),
        "triad": recorded.subject.triad,
        "role": recorded.subject.role,
        "phase": recorded.phase,
        "result": "failure" if recorded.failed else "success",
        "kind": recorded.kind,
        "facts": dict(recorded.facts) or None,
        "ran_on": recorded.ran_on,
        "tier": recorded.tier,
        "effect": recorded.effect,
        "rule": recorded.rule,
        "to": recorded.to_tier,
        "strikes": streak.strikes if streak else None,
        "failed_tier": streak.failed_tier if streak else None,
        "revision": recorded.revision,
    }
    present = {name: value for name, value in line.items() if value is not None}
    text = json.dumps({**present, "entry": recorded.standing.entry}, ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()


def outcome_of(row: SqlRow) -> tuple[int, str]:
    """Return number and line of a row of `outcome`. The line must be a JSON object with a triad, a role and a time."""
    number, line = number_of(row[0]), text_of(row[1])
    fields = json_of(line)
    if not isinstance(fields, dict):
        raise DamagedRowError("an outcome is not a mapping")
    time_of(fields.get("time"))
    text_of(fields.get("triad"))
    text_of(fields.get("role"))
    return number, line


def first_outcome_of(row: SqlRow) -> Outcome:
    """Return what a report had as its answer, from the columns `line` and `why` of a row of `outcome`."""
    fields = json_of(row[0])
    if not isinstance(fields, dict):
        raise DamagedRowError("an outcome is not a mapping")
    get = fields.get
    before = number_of(get("strikes", 0), 0, MOST)
    try:
        effect = EffectKind(text_of(get("effect")))
    except ValueError as error:
        raise DamagedRowError(f"{error}") from error
    rule, to_tier = maybe_text_of(get("rule")), maybe_text_of(get("to"))
    escalation = None
    if rule is not None and to_tier is not None:
        escalation = Escalation(
            text_of(get("triad")),
            text_of(get("role")),
            text_of(get("tier")),
            to_tier,
            maybe_text_of(get("phase")),
            maybe_text_of(get("kind")),
            rule,
            text_of(get("revision")),
            maybe_text_of(row[1]) or "",
        )
    strikes = {EffectKind.COUNT: before + 1, EffectKind.IGNORE: before}.get(effect, 0)
    return Outcome(effect, rule, strikes, escalation)
