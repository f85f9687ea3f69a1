"""Delivers spooled outcomes to the database once it can be reached again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from resolver.diagnostics import ResolverError
from resolver.forks import RenewedLock
from resolver.state.process_lock import BusyError, ProcessLock
from resolver.state.sql.compare_and_swap import CompareAndSwap
from resolver.state.sql.database import DAYS_OF_KEYS, Database
from resolver.state.sql.spool import Queued, Spool
from resolver.state.sql.state_url import DatabaseUnavailableError
from resolver.state.store_protocol import Judgement
from resolver.table import Report

_log = logging.getLogger("resolver")
_OLDEST = (DAYS_OF_KEYS - 1) * 24 * 60 * 60
"""Seconds after which an outcome is not delivered any more: its key might be deleted soon."""

_AT_ONCE = 100
"""Outcomes that are delivered before this process reads the changes of other processes again."""


class Delivery:
    """Delivers the outcomes in `spool` to the database in order, each once; logs when the database goes and comes back.

    One process of a host delivers at a time. An outcome that cannot be judged is put aside in the spool, and logged.
    """

    def __init__(
        self, database: Database, spool: Spool, compare_and_swap: CompareAndSwap, judge: Callable[[Report], Judgement]
    ) -> None:
        self._database = database
        self._spool = spool
        self._compare_and_swap = compare_and_swap
        self._judge = judge
        self._is_away = False
        self._delivered = 0
        self._lock = RenewedLock()

    def away(self, error: ResolverError) -> None:
        """Note that the database cannot be reached, and log it once."""
        if not self._is_away:
            self._is_away = True
            message = "%s; decisions go on as last known, outcomes wait in `%s`"
            _log.warning(message, error, self._spool.path)

    def is_done(self) -> bool:
        """Return whether the spool is empty; a few outcomes that another process has left are delivered first."""
        if not self._spool.depth():
            return True
        if not self._is_away:
            try:
                self.deliver()
            except DatabaseUnavailableError as error:
                self.away(error)
        return not self._spool.depth()

    def deliver(self) -> int:
        """Deliver a batch, unless another thread or process does; return how many outcomes still wait.

        Raises DatabaseUnavailableError if the database cannot be reached any more.
        """
        if self._spool.depth() and self._lock.acquire(blocking=False):
            try:
                self._deliver_locked()
            finally:
                self._lock.release()
        left = self._spool.depth()
        if not left and (self._delivered or self._is_away):
            _log.info("`%s` is back; delivered outcomes: %d", self._database.url, self._delivered)
            self._is_away, self._delivered = False, 0
        return left

    def _deliver_locked(self) -> None:
        try:
            lock = ProcessLock(Path(f"{self._spool.path}.lock"))
            lock.acquire(0)
        except BusyError:
            return
        try:
            for queued in self._spool.oldest(_AT_ONCE):
                self._deliver(queued)
                self._delivered += 1
        finally:
            lock.release()

    def _deliver(self, queued: Queued) -> None:
        subject = queued.report.subject
        try:
            if time.time() - queued.time > _OLDEST:
                raise ResolverError(f"it is older than {DAYS_OF_KEYS - 1} days")
            judgement = self._judge(queued.report)
            if self._compare_and_swap(subject, judgement, queued.key, generation=queued.generation, doubtful=True):
                judgement.announce()
        except DatabaseUnavailableError:
            raise
        except ResolverError as error:
            _log.error("an outcome of `%s` cannot be delivered and is put aside in the spool: %s", subject, error)
            self._spool.refuse(queued, str(error))
        else:
            self._spool.remove(queued)
