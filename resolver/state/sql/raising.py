"""Raises entries of the database to what hosts bring: from their policy files, or known before the database lost it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from resolver.domain import Subject
from resolver.state.sql.compare_and_swap import CompareAndSwap, brought
from resolver.state.sql.database_errors import is_conflict, to_resolver_error
from resolver.state.sql.sql_rows import Entry, Stored, Write

_AT_ONCE = 200
"""Entries that are written in one message."""


class Raising:
    """Raises rows of the database through `compare_and_swap`; an entry that a person has lowered stays as it is."""

    def __init__(self, compare_and_swap: CompareAndSwap) -> None:
        self._compare_and_swap = compare_and_swap
        self._database = compare_and_swap.database
        self._entry_cache = compare_and_swap.entry_cache

    def raise_owed(self) -> bool:
        """Write a batch of what this process has in force and the database lacks; return whether nothing is left."""
        cache = self._entry_cache
        owed = cache.some_owed(_AT_ONCE)
        rows = self._database.rows(owed)
        writes = []
        for subject in sorted(owed):
            stored, tier = rows[subject], owed[subject]
            if stored.generation > cache.generation(subject):
                cache.learn([Entry(subject, stored.generation, stored.entry, stored.lowered, 0)])
            if cache.owed.get(subject) == tier:  # a person may have lowered it since
                writes.append(self._write_of(subject, stored, tier))
        try:
            revisions = self._database.write(writes) if writes else []
        except SQLAlchemyError as error:
            if not is_conflict(error):
                raise to_resolver_error(self._database.url, error) from None
            return False
        for write, revision in zip(writes, revisions, strict=True):
            if revision is not None:
                self._compare_and_swap.done(write, cache.standing(write.subject, write.judged), revision)
        return not cache.owed

    def _write_of(self, subject: Subject, stored: Stored, tier: str) -> Write:
        cache = self._entry_cache
        streak = cache.standing(subject, stored).streak
        # The failures so far were counted under the entry in force; where that was `tier`, they go on counting.
        kept = replace(streak, entry=tier) if streak is not None and streak.entry == tier else None
        after = Stored(stored.version + 1, stored.generation + 1, tier, kept, stored.lowered)
        what = "restore" if cache.is_lost(subject) else "import"
        return Write(subject, stored, after, brought(what, subject, stored.entry, tier), uuid4().hex)
