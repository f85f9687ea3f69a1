"""Compare-and-swap: read a subject's row, decide, and write it if no other host has written it in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Standing, Subject
from resolver.serving.telemetry import count_retry
from resolver.state.origin import now, process_name
from resolver.state.report_key import is_callers
from resolver.state.sql.database import Database
from resolver.state.sql.database_errors import is_away, is_conflict, to_resolver_error
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.sql_rows import Stored, Write
from resolver.state.sql.state_url import DatabaseUnavailableError
from resolver.state.store_protocol import Change

_TRIES = 100
"""Attempts of a change that other hosts beat."""

_LOST_CONNECTIONS = 2
"""Connections that may be lost: the first may be dead since the database was restarted."""

_LONGEST_PAUSE = 0.05
_MOST_REMEMBERED = 10_000
_REASONS = {"import": "from the policy file of a host", "restore": "the database had lost it"}
Decide = Callable[[Standing], Change | None]


class Result(Enum):
    """The result of a change: DECIDED here; KNOWN, since its key was written before; or OUTDATED by a newer entry."""

    DECIDED = auto()
    KNOWN = auto()
    OUTDATED = auto()


class CompareAndSwap:
    """Changes rows of `database`, and lets the cache know the entries that it changed."""

    def __init__(self, database: Database, entry_cache: EntryCache) -> None:
        self.database = database
        self.entry_cache = entry_cache
        self._remembered: dict[Subject, Stored] = {}

    def __call__(
        self,
        subject: Subject,
        decide: Decide,
        key: str,
        *,
        deadline: float,
        remembered: bool = False,
        generation: int | None = None,
        doubtful: bool = False,
    ) -> Result:
        """Let `decide` determine the change of `subject`, and write it exactly once, whatever happens to connections.

        With `remembered`, the first attempt uses the row that this process has; if the database still has it, nothing
        has to be read. With a `generation`, nothing is done if the entry has changed since. `doubtful` is whether the
        outcome with this `key` may have been written before. A caller's key is written also if nothing else is. Raises
        DatabaseUnavailableError at the `deadline`; the outcome may have been written then.
        """
        stored = self._remembered.get(subject) if remembered else None
        has_decided, lost = False, 0
        for attempt in range(_TRIES):
            if doubtful and self.database.known([key], deadline):
                # Another process may have written a caller's key. After a lost connection that cannot be distinguished.
                return Result.DECIDED if has_decided and (lost or not is_callers(key)) else Result.KNOWN
            is_fresh = stored is None
            if stored is None:
                stored = self.database.stored(subject, deadline)
            standing, change = self.entry_cache.standing(subject, stored), None
            is_outdated = generation is not None and not self.entry_cache.is_current(subject, generation, stored)
            if not is_outdated:
                change = decide(standing)
                has_decided = True
            result = Result.OUTDATED if is_outdated else Result.DECIDED
            write = None
            if change is not None and not change.keeps(standing):
                write = self.write_of(subject, stored, change, key)
            elif not is_fresh:
                stored = None
                continue
            elif not is_callers(key):
                self._remember(subject, stored)
                return result
            try:
                revision = self.database.write([write], deadline)[0] if write else self._write_key(key, deadline)
                reason = "changed"
            except SQLAlchemyError as error:
                revision, doubtful = None, True
                reason = "connection" if is_away(error) else "conflict"
                lost += is_away(error)
                if not isinstance(error, IntegrityError) and not is_conflict(error) and not is_away(error):
                    raise to_resolver_error(self.database.url, error) from None
                if lost > _LOST_CONNECTIONS or time.monotonic() >= deadline:
                    raise self._late(error) from None
            if revision is not None:
                if write is not None:
                    self.done(write, standing, revision)
                return result
            count_retry(reason)
            stored = None
            self._remembered.pop(subject, None)
            pause = random.uniform(0, min(_LONGEST_PAUSE, 0.001 * 2 ** min(attempt, 10)))  # noqa: S311  no secret
            time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        message = f"`{subject}` is being changed all the time in `{self.database.url}`; nothing was written"
        raise DatabaseUnavailableError(message)

    def write_of(self, subject: Subject, stored: Stored, change: Change, key: str) -> Write:
        """Return what writes `change` of a subject whose row is `stored`."""
        cache, event = self.entry_cache, change.event
        standing = cache.standing(subject, stored)
        generation, entry, lowered = stored.generation, stored.entry, stored.lowered
        is_lowering = event is not None and event.what == "lower"
        is_same = change.entry == standing.entry and not cache.is_owed(subject, stored)
        if is_lowering or not (is_same or cache.is_written(change.entry, stored)):
            generation, entry = stored.generation + 1, change.entry
            lowered = generation if is_lowering else lowered
            if event is None and change.entry == standing.entry:
                event = brought("import", subject, stored.entry, entry)
        streak = change.streak
        after = Stored(stored.version + 1, generation, entry, streak, lowered)
        if streak is not None and streak.entry == change.entry and cache.is_written(change.entry, after):
            # Other hosts may serve the same entry by another tier.
            after = replace(after, streak=replace(streak, entry=entry if generation else None))
        return Write(subject, stored, after, event, key)

    def done(self, write: Write, standing: Standing, revision: int) -> None:
        """Note that a write of a subject with this standing was done."""
        self._remember(write.subject, write.after)
        if write.is_move:
            is_same = self.entry_cache.is_written(standing.entry, write.after)
            self.entry_cache.wrote(write, revision, is_same=is_same)

    def forget(self) -> None:
        """Read all rows again when they are needed."""
        self._remembered.clear()

    def _write_key(self, key: str, deadline: float) -> int | None:
        """Write a key alone; None if it was written before."""
        return 0 if self.database.write_keys([key], deadline) else None

    def _late(self, error: SQLAlchemyError) -> ResolverError:
        found = to_resolver_error(self.database.url, error)
        return found if isinstance(found, DatabaseUnavailableError) else DatabaseUnavailableError(str(found))

    def _remember(self, subject: Subject, stored: Stored) -> None:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[subject] = stored


def brought(what: str, subject: Subject, before: str | None, after: str | None, reason: str | None = None) -> Event:
    """Return the event of an entry that is brought into the database: an `import` or a `restore`."""
    return Event(
        what, subject, now(), before, after, process=process_name(), reason=_REASONS[what] if reason is None else reason
    )
