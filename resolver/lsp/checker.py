"""Checks policies in the background: the newest texts only, and one check of a policy at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from resolver.lsp.analysis import Analysis, complete, load
from resolver.lsp.open_files import Snapshot
from resolver.table.budget import StoppedError

_log = logging.getLogger("resolver")

SECONDS_TO_WAIT = 0.02
"""Seconds without another change after which a check begins."""

_SECONDS_TO_PROVE = 0.1
"""Seconds after which the problems that are already known are published, while the proof continues."""


class Checker:
    """Checks policies in threads; all methods are called from the event loop.

    Args:
        snapshot: Returns a policy as it is now.
        publish: Is called with each analysis of the newest texts, at most twice for each change.
    """

    def __init__(self, snapshot: Callable[[Path], Snapshot], publish: Callable[[Analysis], None]) -> None:
        self._snapshot = snapshot
        self._publish = publish
        self._threads = ThreadPoolExecutor(2, "check")
        self._checks: dict[Path, tuple[asyncio.Task[None], Event]] = {}
        self._newest: dict[Path, Analysis] = {}
        self._good: dict[Path, Analysis] = {}

    def changed(self, policy: Path) -> None:
        """Check a policy that has changed; a check of its earlier texts ends without a result."""
        self.stop(policy)
        stopped = Event()
        task = asyncio.ensure_future(self._check(policy, stopped))
        task.add_done_callback(_log_failure)
        self._checks[policy] = task, stopped

    def stop(self, policy: Path) -> None:
        """End the check of a policy."""
        if policy in self._checks:
            task, stopped = self._checks.pop(policy)
            stopped.set()
            task.cancel()
        self._newest.pop(policy, None)

    def close(self) -> None:
        """End all checks."""
        for policy in [*self._checks]:
            self.stop(policy)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def newest(self, policy: Path) -> Analysis | None:
        """Return the analysis of the texts as they are now, once it is complete; None if they change meanwhile."""
        if policy in self._checks:
            task, _ = self._checks[policy]
            await asyncio.wait([task])
        return self._newest.get(policy)

    def last_good(self, policy: Path) -> Analysis | None:
        """Return the last complete analysis of a policy without errors, which may be of earlier texts."""
        return self._good.get(policy)

    async def _check(self, policy: Path, stopped: Event) -> None:
        await asyncio.sleep(SECONDS_TO_WAIT)
        loop = asyncio.get_running_loop()
        snapshot = self._snapshot(policy)
        analysis = await loop.run_in_executor(self._threads, load, snapshot)
        if not analysis.is_complete:
            proving = loop.run_in_executor(self._threads, complete, analysis, stopped.is_set)
            done, _ = await asyncio.wait([proving], timeout=_SECONDS_TO_PROVE)
            if not done:
                self._publish(analysis)
            try:
                analysis = await proving
            except StoppedError:
                return
        self._newest[policy] = analysis
        if analysis.table is not None:
            self._good[policy] = analysis
        self._publish(analysis)


def _log_failure(check: asyncio.Task[None]) -> None:
    """Log the error of a check that ended with one; the next change begins another check."""
    if not check.cancelled() and (error := check.exception()) is not None:
        _log.error("the check of a policy failed", exc_info=error)
