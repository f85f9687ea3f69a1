"""Raises entries of the database to what hosts bring: from their policy files, or known before the database lost it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from resolver.domain import Event, Subject
from resolver.state.process_name import now, process_name
from resolver.state.sql.compare_and_swap import CompareAndSwap
from resolver.state.sql.database_errors import is_conflict, to_resolver_error
from resolver.state.sql.sql_rows import Entry, Stored, Write

_AT_ONCE = 200
"""Entries that are written in one message."""

_MOST_ATTEMPTS = 20
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
        owed = self._entry_cache.some_owed(_AT_ONCE)

        def event(subject: Subject, before: str | None, tier: str) -> Event:
            is_lost = self._entry_cache.is_lost(subject)
            reason = "the database had lost it" if is_lost else "from the policy file of a host"
            return _event("restore" if is_lost else "import", subject, before, tier, reason)

        if owed:
            self._raise(owed, event, lambda subject, _: self._entry_cache.owed.get(subject) == owed[subject])
        return not self._entry_cache.owed

    def import_entries(self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]) -> Raised:
        """Raise entries to those that people bring, and return those that were raised."""

        def event(subject: Subject, before: str | None, tier: str) -> Event:
            return _event("import", subject, before, tier, reasons.get(subject, ""))

        raised: Raised = {}
        for left in _batches(entries):
            for _ in range(_MOST_ATTEMPTS):
                found, rest = self._raise(left, event, lambda _, stored: not stored.lowered)
                raised |= found
                left.clear()
                left.update(rest)
                if not left:
                    break
        return raised

    def _raise(
        self,
        wanted: Mapping[Subject, str],
        event_of: Callable[[Subject, str | None, str], Event],
        is_due: Callable[[Subject, Stored], bool],
    ) -> tuple[Raised, dict[Subject, str]]:
        """Return what was raised, and what is left because other hosts have changed it meanwhile."""
        cache = self._entry_cache
        rows = self._database.rows(wanted)
        writes = []
        for subject in sorted(wanted):
            stored, tier = rows[subject], wanted[subject]
            if stored.generation > cache.generation(subject):  # a person may have lowered it
                cache.learn([Entry(subject, stored.generation, stored.entry, stored.lowered, 0)])
            if not is_due(subject, stored) or not cache.is_above(tier, stored):
                continue
            before = stored.entry if stored.generation else None
            # The failures so far were counted under the entry in force; where that was `tier`, they go on counting.
            streak = cache.standing(subject, stored).streak
            kept = replace(streak, entry=tier) if streak is not None and streak.entry == tier else None
            after = Stored(stored.version + 1, stored.generation + 1, tier, kept, stored.lowered)
            writes.append(Write(subject, stored, after, event_of(subject, before, tier), uuid4().hex))
        if not writes:
            return {}, {}
        try:
            revisions = self._database.write(writes)
        except SQLAlchemyError as error:
            if not is_conflict(error):
                raise to_resolver_error(self._database.url, error) from None
            revisions = [None] * len(writes)
        raised: Raised = {}
        for write, revision in zip(writes, revisions, strict=True):
            if revision is not None:
                self._compare_and_swap.done(write, cache.standing(write.subject, write.judged), revision)
                assert write.event is not None
                raised[write.subject] = (write.event.from_tier, wanted[write.subject])
        return raised, {write.subject: wanted[write.subject] for write in writes if write.subject not in raised}


def _batches(entries: Mapping[Subject, str]) -> Iterator[dict[Subject, str]]:
    rest = iter(entries.items())
    while some := dict(islice(rest, _AT_ONCE)):
        yield some


def _event(what: str, subject: Subject, before: str | None, tier: str, reason: str) -> Event:
    return Event(what, subject, now(), before, tier, process=process_name(), reason=reason)
