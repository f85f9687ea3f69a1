"""The SQL store: what many hosts learn, in one database, and its entries in the memory of each process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from resolver.diagnostics import ResolverError
from resolver.domain import Event, Standing, Streak, Subject
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
    """The state at `url` for the policy that `live` holds; outcomes that cannot reach it wait in `spool`.

    `judge` returns what judges an outcome that waited, once it can be delivered. Raises ResolverError if the database
    cannot be reached or has no tables of this program.
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
        """How many entries were changed so far, as far as this process knows."""
        return self._entry_cache.revision

    def standing(self, subject: Subject) -> Standing:
        """Return where `subject` stands now."""
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
        """Return all entries; the last known ones if the database cannot be reached."""
        try:
            self._entry_cache.refresh()
        except DatabaseUnavailableError as error:
            self._delivery.away(error)
        return self._entry_cache.entries()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return all running streaks."""
        found = {s: self._entry_cache.standing(s, stored).streak for s, stored in self._database.streaks().items()}
        return {subject: streak for subject, streak in sorted(found.items()) if streak is not None}

    def history(self) -> Sequence[Event]:
        """Return all events, oldest first."""
        return self._database.history()

    def outcomes(self) -> Iterator[str]:
        """Raise ResolverError: a database keeps what was learned, not every outcome that taught it."""
        message = f"`{self._database.url}` keeps no outcomes; those of a policy's own files can be replayed"
        raise ResolverError(message)

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return nothing: who takes an entry out of the policy file takes nothing out of the database."""
        return {}

    def close(self) -> None:
        """End the thread and let go of files and connections, which are opened again when they are needed."""
        self._follower.stop()
        self._spool.close()
        self._database.close()

    def before_fork(self) -> None:
        """Wait until the memory is in one piece, and keep it so."""
        self._entry_cache.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._entry_cache.lock.release()

    def after_fork_in_child(self) -> None:
        """Leave connections to the parent, and follow the state with a thread of this process."""
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
