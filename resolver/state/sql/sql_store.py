"""The SQL store: the state of many hosts in one database, with its entries in the memory of each process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from resolver.diagnostics import ResolverError
from resolver.domain import Event, LastFailure, Standing, Streak, Subject
from resolver.forks import prepare_for_forks
from resolver.serving.live_policy import LivePolicy
from resolver.serving.telemetry import watch
from resolver.state.sql.compare_and_swap import CompareAndSwap
from resolver.state.sql.database import Database
from resolver.state.sql.delivery import Delivery
from resolver.state.sql.entry_cache import EntryCache
from resolver.state.sql.follower import Follower
from resolver.state.sql.spool import Queued, Spool
from resolver.state.sql.state_url import DatabaseUnavailableError, StateURL
from resolver.state.store_protocol import Change, Judgement
from resolver.table import Report

_SECONDS_BETWEEN_PRUNINGS = 60 * 60


class SqlStore:
    """The state at `url` for the policy in `live`; outcomes wait in `spool` if the database cannot be reached.

    `judge` returns the judgement of an outcome that waited, when it can be delivered. Raises ResolverError if the
    database cannot be reached, or its tables are missing.
    """

    def __init__(self, live: LivePolicy, url: StateURL, spool: Path, judge: Callable[[Report], Judgement]) -> None:
        self._database = Database(url)
        try:
            self._database.check()
            self._entry_cache = EntryCache(live, self._database.changed)
            self._entry_cache.refresh()
        except BaseException:
            self._database.close()
            raise
        self._compare_and_swap = CompareAndSwap(self._database, self._entry_cache)
        self._spool = Spool(spool)
        watch(self._spool)
        self._delivery = Delivery(self._database, self._spool, self._compare_and_swap, judge)
        self._pruned = 0.0
        self._follower = self._follow()
        prepare_for_forks(self)

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
        self._compare_and_swap(subject, decide, uuid4().hex)

    def record(self, report: Report, judgement: Judgement) -> bool:
        """Do what `Store.record` does; False if the outcome waits for the database now."""
        subject = report.subject
        generation, key = self._entry_cache.generation(subject), uuid4().hex
        if self._delivery.is_done():  # what was reported earlier is judged earlier
            try:
                self._compare_and_swap(subject, judgement, key, remembered=True)
            except DatabaseUnavailableError as error:
                self._delivery.away(error)
            else:
                return True
        self._spool.append(Queued(key, int(time.time()), generation, report))
        self._follower.wake()
        return False

    def escalations(self) -> Mapping[Subject, str]:
        """Return all entries; the last known entries if the database cannot be reached."""
        try:
            self._entry_cache.refresh()
        except DatabaseUnavailableError as error:
            self._delivery.away(error)
        return self._entry_cache.entries()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        streaks = {s: self._entry_cache.standing(s, stored).streak for s, stored in self._database.streaks().items()}
        return {subject: streak for subject, streak in sorted(streaks.items()) if streak is not None}

    def history(self) -> Sequence[Event]:
        """Return all events, oldest first."""
        return self._database.history()

    def outcomes(self) -> Iterator[str]:
        """Raise ResolverError: a database keeps what was learned, not every outcome."""
        message = f"`{self._database.url}` keeps no outcomes; those of a policy's own files can be replayed"
        raise ResolverError(message)

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return nothing: removing an entry from the policy file removes nothing from the database."""
        return {}

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Do nothing: hosts have keys and networks of their own, and a database keeps what they learn together."""

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return nothing, as `note_provider_failure` keeps nothing."""
        return {}

    def close(self) -> None:
        """End the thread, and close files and connections; the next use opens them again."""
        self._follower.stop()
        self._spool.close()
        self._database.close()

    def before_fork(self) -> None:
        """Wait until the cache is consistent, and keep it so."""
        self._entry_cache.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Let other threads change the cache again."""
        self._entry_cache.lock.release()

    def after_fork_in_child(self) -> None:
        """Leave connections to the parent, and start a thread of this process."""
        self._database.renew()
        self._compare_and_swap.forget()
        self._follower.drop()
        if not self._follower.stopped:
            self._follower = self._follow()

    def _follow(self) -> Follower:
        return Follower(self._database, self._catch_up, self._delivery.away)

    def _catch_up(self) -> bool:
        self._entry_cache.refresh()
        left = self._delivery.deliver()
        if time.monotonic() > self._pruned + _SECONDS_BETWEEN_PRUNINGS:
            self._pruned = time.monotonic()
            self._database.prune()
        return not left
