"""Delivers the outcomes that waited in the spool to the database, many in one message."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from resolver.diagnostics import ResolverError
from resolver.domain import Standing, Subject
from resolver.frozen import frozen
from resolver.serving.telemetry import count_retry
from resolver.state.process_lock import BusyError, ProcessLock
from resolver.state.report_key import is_callers
from resolver.state.sql.availability import Availability
from resolver.state.sql.compare_and_swap import CompareAndSwap, Result
from resolver.state.sql.database import Database
from resolver.state.sql.database_errors import is_away, to_resolver_error
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.retention import DAYS_OF_KEYS
from resolver.state.sql.spool import MOST_REASONS, Queued, Spool
from resolver.state.sql.sql_rows import Write
from resolver.state.sql.state_url import DatabaseDefectError, DatabaseUnavailableError
from resolver.state.sql.writing import write_keys
from resolver.state.store_protocol import Judgement
from resolver.table import Report

_log = logging.getLogger("resolver")
_OLDEST = (DAYS_OF_KEYS - 1) * 24 * 60 * 60
"""Seconds after which an outcome is not delivered any more: its key might be deleted soon."""

_AT_ONCE = 200
"""Outcomes that are delivered before this process reads the changes of other processes again."""


@frozen
class Judged:
    """An outcome that waited, its judgement, and what it writes for a subject with this standing."""

    queued: Queued
    judgement: Judgement
    standing: Standing
    write: Write


@frozen
class Unwritten:
    """An outcome that waited and changes nothing, and its judgement; None if its entry has changed meanwhile."""

    queued: Queued
    judgement: Judgement | None


class Delivery:
    """Delivers the outcomes in `spool` to the database, those of a subject in their order, each once.

    One process of a host delivers at a time. An outcome that can never be written is put aside in the spool, and
    delivery continues with the next one.
    """

    def __init__(
        self, spool: Spool, compare_and_swap: CompareAndSwap, state: Availability, judge: Callable[[Report], Judgement]
    ) -> None:
        self._spool = spool
        self._compare_and_swap = compare_and_swap
        self._database: Database = compare_and_swap.database
        self._entry_cache: EntryCache = compare_and_swap.entry_cache
        self._state = state
        self._judge = judge
        self._said: set[str] = set()
        self._is_full = False

    def deliver(self) -> bool:
        """Deliver a batch, unless another thread or process does; return whether it all left and more is there.

        Raises DatabaseUnavailableError if the database cannot be used.
        """
        if not self._spool.depth():
            return False
        lock = ProcessLock(Path(f"{self._spool.path}.lock"))
        try:
            lock.acquire(0)
        except BusyError:
            return False
        try:
            return self._deliver(self._spool.oldest(_AT_ONCE)) and self._spool.depth() > 0
        finally:
            lock.release()

    def all_delivered(self) -> None:
        """Note that no outcome waits any more."""
        self._state.back()

    def put_aside(self, queued: Queued, error: ResolverError) -> None:
        """Put an outcome aside in the spool, since it cannot be written, and log each reason once."""
        reason = str(error)
        if reason not in self._said and len(self._said) < MOST_REASONS:
            self._said.add(reason)
            message = "an outcome of `%s` cannot be written and is put aside in `%s`: %s"
            _log.error(message, queued.report.subject, self._spool.path, reason)
        gone = self._spool.put_aside(queued, reason, may_work=isinstance(error, DatabaseDefectError))
        if gone and not self._is_full:
            _log.error("`%s` is full of outcomes that are put aside; the oldest of them go", self._spool.path)
        self._is_full = bool(gone)
        self._state.note(put_aside=1)

    def requeue(self) -> None:
        """Let outcomes wait again that were put aside for the setup of the database, which has been checked since."""
        if count := self._spool.requeue():
            self._said.clear()
            _log.info("%d outcomes that were put aside in `%s` are tried again", count, self._spool.path)

    def _deliver(self, batch: Sequence[Queued]) -> bool:
        judged = self._judged(batch)
        moving = {one.write.subject for one in judged if one.write.is_move}
        # A change of an entry may have to wait for the clock; the others do not wait with it.
        for is_moving in (False, True):
            some = [one for one in judged if (one.write.subject in moving) is is_moving]
            # Two hosts that write the same subjects in one order do not wait for each other.
            if some and not self._write(sorted(some, key=lambda one: one.write.subject)):
                return False
        return True

    def _judged(self, batch: Sequence[Queued]) -> list[Judged]:
        """Judge a batch; those outcomes that write nothing leave the spool. Of two with one key, the first counts."""
        known = self._database.known([queued.key for queued in batch])
        first = self._database.rows({queued.report.subject for queued in batch})
        rows, moved = dict(first), set[Subject]()
        keys: dict[Subject, str] = {}
        judged: list[Judged] = []
        unwritten: list[Unwritten] = []
        written: list[Queued] = []
        for queued in batch:
            subject = queued.report.subject
            if queued.key in known:
                written.append(queued)
                continue
            known.add(queued.key)
            if subject in moved or not self._entry_cache.is_current(subject, queued.generation, first[subject]):
                unwritten.append(Unwritten(queued, None))
                continue
            standing = self._entry_cache.standing(subject, rows[subject])
            judgement = self._judge(queued.report)
            try:
                if time.time() - queued.time > _OLDEST:
                    raise ResolverError(f"it is older than {DAYS_OF_KEYS - 1} days")
                change = judgement(standing)
            except ResolverError as error:
                self.put_aside(queued, error)
                continue
            if change is None or change.keeps(standing):
                unwritten.append(Unwritten(queued, judgement))
                continue
            write = self._compare_and_swap.write_of(subject, rows[subject], change, queued.key)
            write = replace(write, previous=keys.get(subject))
            rows[subject], keys[subject] = write.after, queued.key
            if change.entry != standing.entry:
                moved.add(subject)
            judged.append(Judged(queued, judgement, standing, write))
        self._spool.remove(written)
        self._state.note(delivered=len(written))
        self._let_go(unwritten)
        return judged

    def _let_go(self, unwritten: Sequence[Unwritten]) -> None:
        """Let outcomes leave the spool that change nothing, once the keys of callers among theirs are written."""
        if keys := [one.queued.key for one in unwritten if is_callers(one.queued.key)]:
            try:
                self._database.read(lambda connection: write_keys(connection, keys))
            except DatabaseUnavailableError:
                raise
            except ResolverError:  # such as a missing right, for which each is put aside
                for one in unwritten:
                    if is_callers(one.queued.key):
                        self._deliver_alone(one.queued, self._database.deadline())
                unwritten = [one for one in unwritten if not is_callers(one.queued.key)]
        judgements = [one.judgement for one in unwritten if one.judgement is not None]
        for judgement in judgements:
            judgement.announce()
        self._spool.remove([one.queued for one in unwritten])
        self._state.note(delivered=len(judgements), dropped=len(unwritten) - len(judgements))

    def _write(self, judged: Sequence[Judged]) -> bool:
        """Write what was judged, in one message; what another host has changed meanwhile is judged again, one by one.

        Returns whether all of it has left the spool.
        """
        try:
            revisions, reason = self._database.write([one.write for one in judged]), "changed"
        except SQLAlchemyError as error:
            if is_away(error):
                raise to_resolver_error(self._database.url, error) from None
            revisions, reason = [None] * len(judged), "conflict"
        written = [one for one, revision in zip(judged, revisions, strict=True) if revision is not None]
        for one, revision in zip(judged, revisions, strict=True):
            if revision is not None:
                self._compare_and_swap.done(one.write, one.standing, revision)
                one.judgement.announce()
        self._spool.remove([one.queued for one in written])
        self._state.note(delivered=len(written))
        deadline = self._database.deadline()
        try:
            for one, revision in zip(judged, revisions, strict=True):
                if revision is None:
                    count_retry(reason)
                    self._deliver_alone(one.queued, deadline)
        except DatabaseUnavailableError:  # perhaps a host holds a row; the next read tells whether the database is away
            return False
        return True

    def _deliver_alone(self, queued: Queued, deadline: float) -> None:
        judgement = self._judge(queued.report)
        subject = queued.report.subject
        try:
            result = self._compare_and_swap(
                subject, judgement, queued.key, deadline=deadline, generation=queued.generation, doubtful=True
            )
        except DatabaseUnavailableError:
            raise
        except ResolverError as error:
            self.put_aside(queued, error)
            return
        if result is Result.DECIDED:
            judgement.announce()
        is_dropped = result is Result.OUTDATED
        self._spool.remove([queued])
        self._state.note(delivered=not is_dropped, dropped=is_dropped)
