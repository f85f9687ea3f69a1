"""Deletes the keys of outcomes that cannot be reported again: one process at a time, a few at once."""

from __future__ import annotations

from time import monotonic

from sqlalchemy import Connection, text

from resolver.state.sql.statement import SECOND

DAYS_OF_KEYS = 8
"""Days for which the key of an outcome is kept. An outcome that is older than a day less is not delivered."""

_SECONDS_OF_LEASE = 60 * 60
_AT_ONCE = 500
_LEASE = "UPDATE resolver_setting SET value = {0} WHERE name = 'pruned' AND value < {0} - :lease"
_OLD = "resolver_outcome WHERE time < {} - :kept LIMIT :count"
_FORGET = {
    "postgresql": f"DELETE FROM resolver_outcome WHERE key IN (SELECT key FROM {_OLD})",  # noqa: S608  constants
    "mysql": f"DELETE FROM {_OLD}",  # noqa: S608  as above
    "sqlite": f"DELETE FROM resolver_outcome WHERE key IN (SELECT key FROM {_OLD})",  # noqa: S608  as above
}


class Pruning:
    """Prunes by the clock of the server: a host whose clock is wrong deletes nothing too early.

    The process that takes the lease in the table of settings prunes for an hour, until nothing is left to delete.
    """

    def __init__(self) -> None:
        self._next = 0.0
        self._is_mine = False

    @property
    def is_due(self) -> bool:
        """Whether `batch` has something to do."""
        return self._is_mine or monotonic() >= self._next

    def batch(self, connection: Connection) -> bool:
        """Take the lease, or delete a few keys with it; return whether there is more to do now."""
        dialect = connection.dialect.name
        second = SECOND[dialect]
        if not self._is_mine:
            self._next = monotonic() + _SECONDS_OF_LEASE
            lease = connection.execute(text(_LEASE.format(second)), {"lease": _SECONDS_OF_LEASE})
            self._is_mine = bool(lease.rowcount)
            return self._is_mine
        values = {"kept": DAYS_OF_KEYS * 24 * 60 * 60, "count": _AT_ONCE}
        forgotten = connection.execute(text(_FORGET[dialect].format(second)), values)
        self._is_mine = forgotten.rowcount >= _AT_ONCE
        return self._is_mine
