"""The statements that write an outcome, in the words of each database.

All that an outcome changes is one transaction, and one message to the server: a host that is stopped in between leaves
nothing locked. An outcome of which another version was judged writes nothing. A change of an entry first locks the one
row of the clock, so the revisions of the state are committed in order, and a process that has seen one revision has
seen all before it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from resolver.state.sql.sql_rows import Write, event_columns, id_of, streak_columns

CHANNEL = "resolver_state"
"""The PostgreSQL channel that announces changed entries."""

_STREAK = ("version", "strikes", "failed_tier", "streak_entry", "errors")
_ENTRY = ("entry", "generation", "lowered")
_EVENT = (
    *("what", "triad", "role", "time", "from_tier", "to_tier", "phase", "kind", "errors", "rule", "revision"),
    *("process", "reason"),
)
SECOND = {
    "postgresql": "CAST(extract(epoch FROM now()) AS bigint)",
    "mysql": "UNIX_TIMESTAMP()",
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER)",
}
"""The second by the clock of the server, which all hosts share."""

_ADD = {
    "postgresql": "INSERT INTO resolver_subject ({}) VALUES ({}) ON CONFLICT DO NOTHING",
    "mysql": "INSERT IGNORE INTO resolver_subject ({}) VALUES ({})",
    "sqlite": "INSERT OR IGNORE INTO resolver_subject ({}) VALUES ({})",
}
_TICK = "UPDATE resolver_clock SET at = at + 1 WHERE id = 1"
_AT = "SELECT at FROM resolver_clock WHERE id = 1"


class Shape(NamedTuple):
    """The features of a write that its statements depend on.

    `has_row` is whether the subject has a row, `is_move` whether its entry changes, `has_event` whether an event is
    added, and `is_next` whether another write of the same message comes before.
    """

    has_row: bool
    is_move: bool
    has_event: bool
    is_next: bool

    @classmethod
    def of(cls, write: Write) -> Shape:
        """Return the shape of `write`."""
        return cls(bool(write.judged.version), write.is_move, write.event is not None, write.previous is not None)


def values_of(write: Write) -> dict[str, Any]:
    """Return the parameters of the statements that do `write`."""
    after = write.after
    row = {name: getattr(after, name) for name in ("version", *_ENTRY)} | streak_columns(after.streak)
    values = {
        "of": id_of(write.subject),
        "triad": write.subject.triad,
        "role": write.subject.role,
        "judged": write.judged.version,
        "key": write.key,
        "previous": write.previous,
        **{f"new_{name}": value for name, value in row.items()},
    }
    if write.event is not None:
        values |= {f"event_{name}": value for name, value in event_columns(write.event).items()}
    return values


@cache
def for_postgresql(shape: Shape) -> str:
    """Return one statement; if it writes, it selects the revision of the change, 0 if the entry is the same."""
    parts = [f"kept AS ({_keep(shape, 'postgresql', '(SELECT at FROM tick)')} RETURNING changed)"]
    if shape.is_move:
        parts.insert(0, f"tick AS ({_TICK} RETURNING at)")
    parts.append(f"noted AS (INSERT INTO resolver_outcome (key, time) SELECT :key, {SECOND['postgresql']} FROM kept)")
    if shape.has_event:
        parts.append(f"told AS ({_tell('FROM kept')})")
    selected = f"changed, pg_notify('{CHANNEL}', '')" if shape.is_move else "0"
    return _pyformat(f"WITH {', '.join(parts)} SELECT {selected} FROM kept")


@cache
def for_mysql(shape: Shape) -> tuple[list[str], int]:
    """Return the statements of a transaction, and which of them writes the row; the last one may select the revision.

    Each statement after that one does nothing unless the one before it wrote a row.
    """
    texts = [_TICK] if shape.is_move else []
    texts.append(_keep(shape, "mysql", f"({_AT})"))
    if_written = "FROM DUAL WHERE ROW_COUNT() = 1"
    texts.append(f"INSERT INTO resolver_outcome (`key`, `time`) SELECT :key, {SECOND['mysql']} {if_written}")
    if shape.has_event:
        texts.append(_tell(if_written))
    if shape.is_move:
        texts.append(_AT)
    return [_pyformat(text) for text in texts], int(shape.is_move)


@cache
def for_sqlite(shape: Shape) -> tuple[str, list[str]]:
    """Return the statement that writes the row, and those that follow if it did; the last may select the revision."""
    texts = [f"INSERT INTO resolver_outcome (key, time) VALUES (:key, {SECOND['sqlite']})"]
    if shape.has_event:
        texts.append(_tell(""))
    if shape.is_move:
        texts += [_TICK, _AT]
    return _keep(shape, "sqlite", f"({_AT}) + 1"), texts


def _keep(shape: Shape, dialect: str, changed: str) -> str:
    """Return the statement that writes the row of a subject, if it is the one that was judged."""
    if not shape.has_row:
        names = (*_STREAK, *_ENTRY)
        values = (":of", ":triad", ":role", *(f":new_{name}" for name in names), changed if shape.is_move else "0")
        return _ADD[dialect].format(", ".join(("id", "triad", "role", *names, "changed")), ", ".join(values))
    new = [f"{name} = :new_{name}" for name in (*_STREAK, *(_ENTRY if shape.is_move else ()))]
    if shape.is_move:
        new.append(f"changed = {changed}")
    update = f"UPDATE resolver_subject SET {', '.join(new)} WHERE id = :of AND version = :judged"
    key = "`key`" if dialect == "mysql" else "key"
    return f"{update} AND EXISTS (SELECT 1 FROM resolver_outcome WHERE {key} = :previous)" if shape.is_next else update


def _tell(source: str) -> str:
    """Return the statement that adds an event to the history."""
    values = ", ".join(f":event_{name}" for name in _EVENT)
    return f"INSERT INTO resolver_history ({', '.join(_EVENT)}) SELECT {values} {source}"


def _pyformat(text: str) -> str:
    """Return a text with its parameters in the form that the drivers of servers take: `:name` as `%(name)s`."""
    names = ["of", "triad", "role", "judged", "key", "previous", *(f"new_{name}" for name in (*_STREAK, *_ENTRY))]
    for name in sorted([*names, *(f"event_{name}" for name in _EVENT)], key=len, reverse=True):
        text = text.replace(f":{name}", f"%({name})s")
    return text
