"""A policy that follows its files: a change is loaded and proven in the background."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from weakref import WeakSet

from resolver.diagnostics import ResolverError
from resolver.domain import Policy
from resolver.forks import RenewedLock
from resolver.loader import load_policy
from resolver.prover import Proof, prove
from resolver.serving.files_read import FilesRead
from resolver.serving.in_force import InForce
from resolver.serving.proving import with_proof
from resolver.serving.telemetry import count_refused, span
from resolver.table import DecisionTable, compile_table

_log = logging.getLogger("resolver")
_SECONDS_BETWEEN_POLLS = 1.0
_SECONDS_TO_SAVE = 1.0
"""Seconds to wait until the files stay the same; another process may escalate again and again."""
_SECONDS_BETWEEN_SAVES = 0.02
_SECONDS_TO_PUBLISH = 1.0
"""Seconds for which `close` waits for a policy that is just being put in force, which takes milliseconds."""


class LivePolicy(InForce):
    """A policy that follows its files.

    A request calls `poll` when `next_poll` (a time of the monotonic clock) has come. If the files have changed, `poll`
    starts a thread that loads and proves the policy, puts it in force if it is good, and ends. A fork therefore finds
    no thread, or a thread that its child does not need. `loading` is held while a policy is loaded and proven: take it
    before all other locks, and never while you hold a lock that a report needs.
    """

    def __init__(
        self,
        path: Path,
        *,
        fixed: bool = False,
        prover: Callable[[DecisionTable], Proof] = prove,
        load: Callable[[Path], Policy] = load_policy,
    ) -> None:
        """Load and prove the policy at `path`; a `fixed` policy is never loaded again.

        Raises what `load_policy` raises, and PolicyError for an error that the prover finds.
        """
        super().__init__(path)
        self.fixed = fixed
        self._prove = prover
        self._policy_of = load
        self.loading = RenewedLock()
        self._thread: threading.Thread | None = None
        self._awaited: FilesRead | None = None
        self._request_listeners: list[Callable[[], None]] = []
        self._is_open_logged = False
        if not fixed:
            self._files.wait_for_save()
        self.load_and_publish(self._files, None)
        self._poll_later()
        _ALL.add(self)

    def notify_requests(self, listener: Callable[[], None]) -> None:
        """Call `listener`, which must not wait, once a second while there are requests."""
        self._request_listeners.append(listener)
        self._poll_later()

    def poll(self) -> None:
        """Do what `check_files` does, at most once a second; skip it while another thread does it."""
        self._poll_later()
        for listener in self._request_listeners:
            listener()
        if self.lock.acquire(blocking=False):
            try:
                self.check_files()
            finally:
                self.lock.release()

    def check_files(self) -> None:
        """Start loading the policy in the background if its files have changed."""
        with self.lock:
            if self.fixed or self._is_loading():
                return
            if self._refused is not None and self._refused.are_seen():
                return
            if self._files.are_same():  # perhaps again, after a bad edit was undone
                self._refused = None
                return
            files = self._awaited = FilesRead(self.path)
            thread = threading.Thread(target=self._follow_later, args=(files,), name="resolver-policy", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no more threads, or Python is about to exit
                _log.warning("the policy %s was changed and is not loaded for now: %s", self.path, error)
                return
            self._thread = thread

    def settle(self, seconds: float) -> bool:
        """Wait until the current content of the files is in force or refused; return False after `seconds`.

        Never call it with a lock that a report needs.
        """
        end = time.monotonic() + seconds
        while True:
            self.check_files()
            thread = self._thread
            if thread is None or not self._is_loading():
                return True
            if (left := end - time.monotonic()) <= 0:
                return False
            thread.join(left)

    def refresh_places(self) -> None:
        """Load the policy again if this process has written an entry since: the lines below the entry have moved."""
        if self._files.moved and not self.refused:
            with self.loading:
                if self._files.moved:
                    self._follow(FilesRead(self.path))

    def reload(self) -> None:
        """Load the policy again and put it in force; keep the old one if this raises what `load_policy` raises."""
        with self.loading:
            try:
                self.load_and_publish(FilesRead(self.path), self.table)
            except ResolverError:
                count_refused()
                raise

    def close(self) -> None:
        """Drop the policy that is being proven: it is not put in force, and no listener is called."""
        for files in (self._proving, self._awaited):
            if files is not None:
                files.dropped = True
        if self._publishing.acquire(timeout=_SECONDS_TO_PUBLISH):
            self._publishing.release()

    def _is_loading(self) -> bool:
        return self._thread is not None and self._thread.is_alive()  # in a child, the parent's threads do not exist

    def _follow_later(self, files: FilesRead) -> None:
        """Do what `_follow` does once the files have stayed the same for a moment: one may be half saved."""
        end = time.monotonic() + _SECONDS_TO_SAVE
        while files.are_recent() and time.monotonic() < end:
            time.sleep(_SECONDS_BETWEEN_SAVES)
        if not files.wait_for_save():
            if not files.dropped and not self._is_open_logged:
                self._is_open_logged = True
                message = "policy %s is open for writing in another program; %s"
                _log.warning(message, self.path, "the old one stays in force until it is closed")
            return
        self._is_open_logged = False
        if not files.dropped:
            self._follow(files)

    def _follow(self, files: FilesRead) -> None:
        """Load the policy and put it in force; if it is bad, log that once and keep the old policy."""
        with self.loading:
            try:
                self.load_and_publish(files, self.table)
            except Exception as error:  # a defect in this program must be logged, and not be met again each second
                with self._publishing:
                    if self._refuse(files, error):
                        message = "policy %s was changed and is refused; the old one stays in force:\n%s"
                        defect = None if isinstance(error, ResolverError) else error
                        _log.error(message, self.path, error, exc_info=defect)
                    if not files.dropped:
                        count_refused()
                        self.call_listeners()
            if not files.are_seen():
                self.next_poll = min(self.next_poll, time.monotonic())

    def load_and_publish(self, files: FilesRead, old: DecisionTable | None) -> None:
        """Load and prove the policy, and put it in force in place of `old`."""
        self._proving, before = files, old
        with span("load", path=str(self.path)) as attributes:
            table = compile_table(files.load(self._policy_of), old)
            attributes["revision"] = table.policy.revision
            is_same = False
            if old is not None and table.policy.revision == old.policy.revision:
                # Proven already: only entries and descriptions are new, which need not wait for the prover's warnings.
                is_same = bool(files.texts) and files.texts == self._files.texts
                in_force = self._publish(files, table, old)
                if in_force is None:
                    return
                table = old = in_force  # with the entries that came meanwhile
            proof = self.proof if is_same else self._prove(table)
        table = with_proof(table, proof)
        with self._publishing:
            if self._publish(files, table, old, proof):
                self._warn(table, before)

    def _poll_later(self) -> None:
        is_polled = not self.fixed or self._request_listeners
        self.next_poll = time.monotonic() + _SECONDS_BETWEEN_POLLS if is_polled else inf


_ALL: WeakSet[LivePolicy] = WeakSet()


@atexit.register
def _close_all() -> None:
    """Keep threads from logging while Python exits: it may stop a thread that holds the stream."""
    for live in list(_ALL):
        live.close()
