"""The statements that write an outcome, in the words of each database.

All that an outcome changes is one transaction, and one message to PostgreSQL or MariaDB: a host that is stopped in
between leaves nothing locked. An outcome of which another version was judged writes nothing. A change of an entry first
locks the one row of the clock, so the revisions of the state are committed in order, and a process that has seen one
revision has seen all before it.
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
_ADD_KEYS = {
    "postgresql": "INSERT INTO resolver_outcome (key, time) VALUES {} ON CONFLICT DO NOTHING",
    "mysql": "INSERT IGNORE INTO resolver_outcome (`key`, time) VALUES {}",
    "sqlite": "INSERT OR IGNORE INTO resolver_outcome (key, time) VALUES {}",
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


def for_keys(count: int, dialect: str) -> str:
    """Return one statement that adds the keys `:key0`, `:key1` and so on of outcomes that write nothing else.

    A key that is there already stays as it is.
    """
    return _ADD_KEYS[dialect].format(", ".join(f"(:key{place}, {SECOND[dialect]})" for place in range(count)))


class Parts(NamedTuple):
    """The statements of a write in their order: those before the row is written, that one, and those if it was.

    If the entry changes, the last one selects the revision of the change.
    """

    before: tuple[str, ...]
    keep: str
    after: tuple[str, ...]


@cache
def parts_of(shape: Shape, dialect: str) -> Parts:
    """Return the statements for MySQL or SQLite, whose transactions are several statements."""
    key = "`key`" if dialect == "mysql" else "key"
    after = [f"INSERT INTO resolver_outcome ({key}, time) VALUES (:key, {SECOND[dialect]})"]
    if shape.has_event:
        after.append(_tell(""))
    if shape.is_move:
        after.append(_AT)
    texts = ([_TICK] if shape.is_move else [], [_keep(shape, dialect, f"({_AT})")], after)
    before, (keep,), then = (map(_pyformat, some) if dialect == "mysql" else some for some in texts)
    return Parts(tuple(before), keep, tuple(then))


@cache
def for_mariadb(shape: Shape) -> str:
    """Return statements for `COMPOUND` that add to `done` the revision of the change, `-` if nothing was written."""
    before, keep, after = parts_of(shape, "mysql")
    revision = f"({after[-1]})" if shape.is_move else "0"
    then = "; ".join((*(after[:-1] if shape.is_move else after), f"SET done = CONCAT(done, ' ', {revision})"))
    return f"{'; '.join((*before, keep))}; IF ROW_COUNT() = 1 THEN {then}; ELSE SET done = CONCAT(done, ' -'); END IF; "


COMPOUND = (
    "BEGIN NOT ATOMIC DECLARE done LONGTEXT DEFAULT ''; "
    "DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END; "
    "START TRANSACTION; {}COMMIT; SELECT done; END"
)
"""A transaction as one statement of MariaDB, and so as a whole or not at all.

The server would run the statements of a text with several on, outside of their transaction, when the client is gone.
"""


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
