"""Raises entries of the database to what hosts bring: from their policy files, or known before the database lost it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from resolver.domain import Event, Subject
from resolver.serving.telemetry import count_retry
from resolver.state.sql.compare_and_swap import CompareAndSwap, brought
from resolver.state.sql.database_errors import is_conflict, to_resolver_error
from resolver.state.sql.sql_rows import Entry, Stored, Write
from resolver.state.sql.state_url import DatabaseUnavailableError

_AT_ONCE = 200
"""Entries that are written in one message."""

_MOST_ATTEMPTS = 20
"""Attempts of a message whose rows other hosts change meanwhile."""

Raised = dict[Subject, tuple[str | None, str]]
"""The entries that were raised: from what, and to what."""


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
        if not owed:
            return True
        writes = []
        for subject, stored in self._rows(owed):
            tier = owed[subject]
            if cache.owed.get(subject) == tier:  # a person may have lowered it since
                what = "restore" if cache.is_lost(subject) else "import"
                writes.append(self._write_of(subject, stored, tier, brought(what, subject, stored.entry, tier)))
        self._write(writes)
        return not cache.owed

    def import_entries(self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]) -> Raised:
        """Raise entries to those that people bring, and return those that were raised; `reasons` are for the history.

        Raises:
            DatabaseUnavailableError: The database cannot be used, or other hosts change the same entries all the time.
                What has been raised until then stays.
        """
        raised: Raised = {}
        rest = iter(sorted(entries))
        while some := list(islice(rest, _AT_ONCE)):
            for _ in range(_MOST_ATTEMPTS):
                writes = []
                for subject, stored in self._rows(some):
                    tier = entries[subject]
                    if not stored.lowered and self._entry_cache.raises(subject, tier, stored):
                        before = stored.entry if stored.generation else None
                        event = brought("import", subject, before, tier, reasons.get(subject, ""))
                        writes.append(self._write_of(subject, stored, tier, event))
                done = self._write(writes)
                raised |= {
                    each.subject: (each.event.from_tier if each.event else None, entries[each.subject]) for each in done
                }
                some = [each.subject for each in writes if each.subject not in raised]
                if not some:
                    break
            else:
                message = f"entries in `{self._database.url}` are being changed all the time; import them again"
                raise DatabaseUnavailableError(message)
        return raised

    def _rows(self, subjects: Collection[Subject]) -> Iterator[tuple[Subject, Stored]]:
        """Yield the rows of subjects in their order; the cache knows them then."""
        rows = self._database.rows(subjects)
        for subject in sorted(subjects):
            stored = rows[subject]
            if stored.generation > self._entry_cache.generation(subject):
                self._entry_cache.learn([Entry(subject, stored.generation, stored.entry, stored.lowered, 0)])
            yield subject, stored

    def _write(self, writes: Sequence[Write]) -> list[Write]:
        """Return those of the writes that were done."""
        try:
            revisions = self._database.write(writes) if writes else []
        except SQLAlchemyError as error:
            if not is_conflict(error):
                raise to_resolver_error(self._database.url, error) from None
            count_retry("conflict")
            return []
        done = []
        for write, revision in zip(writes, revisions, strict=True):
            if revision is None:
                count_retry("changed")
            else:
                standing = self._entry_cache.standing(write.subject, write.judged)
                self._compare_and_swap.done(write, standing, revision)
                done.append(write)
        return done

    def _write_of(self, subject: Subject, stored: Stored, tier: str, event: Event) -> Write:
        cache = self._entry_cache
        streak = cache.standing(subject, stored).streak
        # The failures so far were counted under the entry in force; where that was `tier`, they go on counting.
        kept = replace(streak, entry=tier) if streak is not None and streak.entry == tier else None
        after = Stored(stored.version + 1, stored.generation + 1, tier, kept, stored.lowered)
        return Write(subject, stored, after, event, uuid4().hex)
