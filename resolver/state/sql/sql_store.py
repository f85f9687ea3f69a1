"""The SQL store: the state of many hosts in one database, with its entries in the memory of each process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

from resolver.diagnostics import RequestError, ResolverError
from resolver.domain import Event, LastFailure, Standing, StoreHealth, Streak, Subject
from resolver.forks import prepare_for_forks
from resolver.serving.live_policy import LivePolicy
from resolver.serving.telemetry import watch
from resolver.state.origin import now
from resolver.state.sql.availability import Availability
from resolver.state.sql.compare_and_swap import CompareAndSwap, Result
from resolver.state.sql.database import Database
from resolver.state.sql.delivery import Delivery
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.follower import Follower, Next
from resolver.state.sql.known_state import KnownState
from resolver.state.sql.raising import Raised, Raising
from resolver.state.sql.retention import Pruner
from resolver.state.sql.spool import Queued, Spool
from resolver.state.sql.spool_counts import SpoolCounts, count_spool
from resolver.state.sql.state_url import DatabaseDefectError, DatabaseRefusedError, DatabaseUnavailableError, StateURL
from resolver.state.store_protocol import WAITS, WRITTEN, Change, Judgement, Receipt
from resolver.table import Report

_log = logging.getLogger("resolver")
REPEATED = Receipt(is_written=True, is_repeat=True)
WAITS_ALREADY = Receipt(is_written=False, is_repeat=True)
_SECONDS_TO_REQUEUE = 60.0
"""Seconds after which outcomes put aside for the setup of the database are tried again, if it is right by then."""

_FAILURES_TO_SAY = 2
"""Failures in a row to delete old rows, a minute apart, after which that is logged."""

_SECONDS_TO_SAVE = 10.0
"""Seconds after which the known state is saved again if that has failed."""

_LONGEST_RESERVE = 0.5
"""Seconds of a report's deadline, a tenth of it at most, in which its outcome can be queued."""

_SECONDS_TO_QUEUE = 1.0
"""Seconds for which a report waits for a locked spool, even past its deadline: an outcome that is late is not lost."""

_BATCHES_AT_OPEN = 5
"""Batches of the policy file's entries that go to the database before a process opens; more go in the background."""


class SqlStore:
    """The state of many hosts for one policy, in a database.

    Args:
        live: The policy.
        url: The database.
        spool: The file in which outcomes wait while the database cannot be reached.
        known: The file with the last known state, on which a process starts while the database cannot be reached.
        judge: Returns the judgement of an outcome that waited, when it can be delivered.

    Raises:
        DatabaseUnavailableError: The database cannot be reached, and no state of it is known.
        ResolverError: The database cannot be used.
    """

    def __init__(
        self, live: LivePolicy, url: StateURL, spool: Path, known: Path, judge: Callable[[Report], Judgement]
    ) -> None:
        self._live = live
        self._database = Database(url)
        self._availability = Availability(url, spool)
        self._spool = Spool(spool, on_damaged_rows=lambda number: self._availability.note(put_aside=number))
        self._known_state = KnownState(known)
        self._entry_cache = EntryCache(live, self._database)
        self._compare_and_swap = CompareAndSwap(self._database, self._entry_cache)
        self._delivery = Delivery(self._spool, self._compare_and_swap, self._availability, judge)
        self._raising = Raising(self._compare_and_swap)
        self._is_checked = False
        self._to_requeue = self._to_save = 0.0
        self._is_saved = True
        self._pruner = Pruner()
        self._not_pruned = 0
        try:
            self._begin()
        except BaseException:
            self._spool.close()
            self._known_state.close()
            self._database.connections.close_idle()
            raise
        self._follower = self._follow()
        live.notify_requests(self._asked)
        prepare_for_forks(self)
        watch(self)

    def __repr__(self) -> str:
        return f"SqlStore({str(self._database.url)!r})"

    @property
    def revision(self) -> int:
        """The known number of changes of entries so far."""
        return self._entry_cache.revision

    def standing(self, subject: Subject) -> Standing:
        """Return the standing of `subject` now."""
        return self._entry_cache.standing(subject, self._database.stored(subject))

    def update(self, subject: Subject, decide: Callable[[Standing], Change | None]) -> None:
        """Change the standing of `subject`; see `Store.update`."""
        self._compare_and_swap(subject, decide, uuid4().hex, deadline=self._database.deadline())

    def record(self, report: Report, judgement: Judgement) -> Receipt:
        """Do what `Store.record` does; the outcome waits while the database cannot be reached.

        The database keeps the keys of reports, not their outcomes, so that no receipt has a first outcome.
        """
        seconds = self._database.url.deadline
        end = monotonic() + seconds
        subject = report.subject
        self._follower.asked()
        has_key = report.key is not None
        queued = Queued(report.key or uuid4().hex, int(time()), self._entry_cache.generation(subject), report)
        if self._availability.can_be_asked:
            deadline = end - min(_LONGEST_RESERVE, seconds / 10)
            try:
                if not self._spool.waits(subject) or self._has_delivered(subject):
                    result = self._compare_and_swap(
                        subject, judgement, queued.key, deadline=deadline, remembered=True, doubtful=has_key
                    )
                    if result is Result.KNOWN:
                        return REPEATED
                    if self._entry_cache.generation(subject) != queued.generation:
                        self._follower.wake()  # to save the entry
                    return WRITTEN
            except DatabaseUnavailableError:
                self._availability.late()
            except DatabaseDefectError as error:
                if has_key and self._spool.has_key(queued.key):
                    return WAITS_ALREADY
                self._delivery.put_aside(queued, error)
                return WAITS
        if not self._spool.append(queued, max(end - monotonic(), _SECONDS_TO_QUEUE)):
            return WAITS_ALREADY
        self._follower.wake()
        return WAITS

    def import_entries(self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str]) -> Raised:
        """Raise entries of the database to those that people bring; see `Store.import_entries`."""
        self._entry_cache.refresh()
        return self._raising.import_entries(entries, reasons)

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries; the last known entries if the database cannot be reached."""
        if self._availability.can_be_asked:
            try:
                self._entry_cache.refresh()
                self._availability.answered()
                if self._entry_cache.owed or self._entry_cache.is_doubtful:
                    self._follower.wake()
            except DatabaseUnavailableError:
                self._availability.late()
                self._follower.wake()
        return self._entry_cache.entries()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        streaks = {s: self._entry_cache.standing(s, stored).streak for s, stored in self._database.streaks().items()}
        return {subject: streak for subject, streak in sorted(streaks.items()) if streak is not None}

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        """Return the newest `most` events from the time `since` on, and of `triad`, oldest first; None means all."""
        return self._database.history(since, triad, most)

    def outcomes(self) -> Iterator[str]:
        """Raise ResolverError: a database keeps what was learned, not every outcome."""
        message = f"`{self._database.url}` keeps no outcomes; those of a policy's own files can be replayed"
        raise RequestError(message)

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return nothing: removing an entry from the policy file removes nothing from the database."""
        return {}

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Do nothing: hosts have keys and networks of their own, and a database keeps what they learn together."""

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return nothing, as `note_provider_failure` keeps nothing."""
        return {}

    def health(self) -> StoreHealth:
        """Return what this process knows of the database, and the numbers of its host's spool."""
        url, state, counts = self._database.url, self._availability, SpoolCounts()
        reasons = [] if state.since is None else [state.reason or f"`{url}` did not answer in time"]
        try:
            counts = count_spool(self._spool.path)
        except ResolverError as error:
            reasons.append(str(error))
        return StoreHealth(
            kind=url.dialect,
            where=str(url),
            time=now(),
            reachable=state.is_reachable,
            reason="; ".join(reasons),
            since=state.since,
            revision=self.revision,
            server_revision=self._entry_cache.server_revision,
            spool=str(self._spool.path),
            queued=counts.queued,
            put_aside=counts.put_aside,
            put_aside_reason=counts.reason,
            delivered=state.delivered,
            dropped=state.dropped,
            last_refresh=state.refreshed,
            connections=self._database.connections.open,
            most_connections=url.connections,
            started_on_last_known=state.refreshed is None,
        )

    def close(self) -> None:
        """End the thread, and close files and connections; the next use opens them again."""
        self._follower.stop()
        self._save_known()
        self._known_state.close()
        self._spool.close()
        self._database.connections.close_idle()

    def before_fork(self) -> None:
        """Wait until the cache is consistent, and keep it so; and until SQLite is at rest."""
        self._database.connections.before_fork()
        self._entry_cache.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Let other threads change the cache again."""
        self._entry_cache.lock.release()
        self._database.connections.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """Leave connections to the parent, and start a thread of this process."""
        self._database.connections.renew()
        self._pruner = Pruner()
        self._compare_and_swap.forget()
        self._follower.drop()
        if not self._follower.stopped:
            self._follower = self._follow()

    def _follow(self) -> Follower:
        return Follower(self._database.connections, self._catch_up, self._availability.away)

    def _asked(self) -> None:
        self._follower.asked()

    def _begin(self) -> None:
        """Read the state, or start with the one that this host has known last."""
        known = self._known_state.load()
        if known is not None:
            self._entry_cache.start_with(known)
        try:
            self._database.check()
            self._is_checked = True
            self._entry_cache.refresh()
        except DatabaseUnavailableError as error:
            if known is None or isinstance(error, DatabaseRefusedError):
                raise
            saved = f"{datetime.fromtimestamp(known.time, UTC):%Y-%m-%dT%H:%M:%SZ}"
            _log.warning("starting on the state that this host knew at %s, in `%s`", saved, self._known_state.path)
            self._availability.away(error)
            return
        self._availability.answered()
        try:
            for _ in range(_BATCHES_AT_OPEN):
                if self._raising.raise_owed():
                    break
        except ResolverError as error:
            _log.warning("entries of the policy file are not in the database yet: %s", error)

    def _has_delivered(self, subject: Subject) -> bool:
        """Deliver what waits before an outcome of `subject`, a batch at most; return whether it waits no more."""
        self._delivery.deliver()
        return not self._spool.waits(subject)

    def _save_known(self) -> None:
        """Save what has changed in the known state; a file that cannot be written is logged once."""
        cache, file = self._entry_cache, self._known_state
        try:
            if (unsaved := cache.unsaved()) is None or monotonic() < self._to_save:
                return
            replace, cache.is_set_back = cache.is_set_back, False
            if replace or not file.save(unsaved):
                unsaved = cache.all_known()
                file.save(unsaved, replace=replace)
            cache.saved(unsaved)
            self._is_saved = True
        except ResolverError as error:
            cache.is_set_back |= replace
            self._to_save = monotonic() + _SECONDS_TO_SAVE
            if self._is_saved:
                _log.warning(
                    "the last known state is not saved, and a start while the database is away lacks it: %s", error
                )
            self._is_saved = False

    def _requeue(self) -> None:
        """Try again what was put aside for the database's setup, if that has no defect now."""
        self._to_requeue = monotonic() + _SECONDS_TO_REQUEUE
        if self._spool.put_aside_count():
            try:
                self._database.check()
            except DatabaseUnavailableError:
                raise
            except ResolverError:
                return  # those that were put aside have the reason
            self._delivery.requeue()

    def _prune(self) -> bool:
        """Delete a few old rows if it is time, and return whether there are more; that may fail, as on a standby."""
        if not self._pruner.is_due:
            return False
        try:
            has_more = self._database.read(self._pruner.batch)
        except ResolverError as error:
            self._not_pruned += 1
            if self._not_pruned == _FAILURES_TO_SAY:  # the first may be one of a database that has just gone away
                _log.warning("old rows are not deleted by this process for now: %s", error)
            return False
        self._not_pruned = 0
        return has_more

    def _catch_up(self) -> Next:
        """Take over what is new, hand over what waits, and return when to do so again."""
        if not self._is_checked:
            self._database.check()
            self._is_checked = True
        self._entry_cache.refresh()
        self._availability.answered()
        self._save_known()
        has_raised = self._raising.raise_owed()
        if monotonic() >= self._to_requeue:
            self._requeue()
        has_more = self._delivery.deliver()
        has_more |= self._prune()
        if has_more:
            return Next.AT_ONCE
        if self._spool.depth():
            return Next.SOON
        self._delivery.all_delivered()
        return Next.LATER if has_raised and not self._entry_cache.is_doubtful else Next.SOON
