"""Compare-and-swap: read a subject's row, decide, and write it if no other host has written it in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import Standing, Subject
from resolver.state.sql.database import Database
from resolver.state.sql.database_errors import is_away, is_conflict, to_resolver_error
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.sql_rows import Stored
from resolver.state.store_protocol import Change

_TRIES = 100
"""Attempts of a change that other hosts beat."""

_LOST_CONNECTIONS = 2
"""Connections that may be lost: the first may be dead since the database was restarted."""

_LONGEST_PAUSE = 0.05
_MOST_REMEMBERED = 10_000


class CompareAndSwap:
    """Changes rows of `database`, and tells the cache of the entries that it changed."""

    def __init__(self, database: Database, entry_cache: EntryCache) -> None:
        self._database = database
        self._entry_cache = entry_cache
        self._remembered: dict[Subject, Stored] = {}

    def __call__(
        self,
        subject: Subject,
        decide: Callable[[Standing], Change | None],
        key: str,
        *,
        remembered: bool = False,
        generation: int | None = None,
        doubtful: bool = False,
    ) -> bool:
        """Let `decide` determine the change of `subject`, and write it exactly once, whatever happens to connections.

        With `remembered`, the first attempt uses the row that this process has; if the database still has it, nothing
        has to be read. With a `generation`, nothing is done if the entry has another generation. `doubtful` is whether
        the outcome with this `key` may have been written before. Returns whether the outcome was decided here.
        """
        stored = self._remembered.get(subject) if remembered else None
        decided, lost = False, 0
        for attempt in range(_TRIES):
            if doubtful and self._database.knows(key):
                return decided
            is_fresh = stored is None
            if stored is None:
                stored = self._database.stored(subject)
            if generation is not None and stored.generation != generation:
                return False
            standing = self._entry_cache.standing(subject, stored)
            change = decide(standing)
            decided = True
            if change is None or change.keeps(standing):
                if is_fresh:
                    self._remember(subject, stored)
                    return True
                stored = None
                continue
            try:
                after = self._database.write(subject, stored, standing.entry, change, key)
            except SQLAlchemyError as error:
                after, doubtful = None, True
                lost += is_away(error)
                if not isinstance(error, IntegrityError) and not is_conflict(error) and not is_away(error):
                    raise to_resolver_error(self._database.url, error) from None
                if lost > _LOST_CONNECTIONS:
                    raise to_resolver_error(self._database.url, error) from None
            if after is not None:
                self._remember(subject, after)
                if after.generation != stored.generation:
                    self._entry_cache.learn([(subject, after.generation, after.entry, 0)])
                return True
            stored = None
            self._remembered.pop(subject, None)
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.001 * 2 ** min(attempt, 10))))  # noqa: S311  no secret
        raise ResolverError(f"`{subject}` is being changed all the time in `{self._database.url}`; nothing was written")

    def forget(self) -> None:
        """Read all rows again when they are needed."""
        self._remembered.clear()

    def _remember(self, subject: Subject, stored: Stored) -> None:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[subject] = stored
