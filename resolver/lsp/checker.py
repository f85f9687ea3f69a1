"""Checks policies in the background: the newest texts only, and one check of a policy at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from resolver.author import Analysis, Snapshot, analyze_texts, prove_and_test
from resolver.lsp.in_thread import in_thread
from resolver.lsp.published import Published

_log = logging.getLogger("resolver")

SECONDS_TO_WAIT = 0.02
"""Seconds without another change after which a check begins."""

_SECONDS_TO_PROVE = 0.1
"""Seconds after which the problems that are already known are published, while the proof continues."""

_MOST_PROOFS = 16
"""Policies that are proven at the same time. Loading has threads of its own, and waits for no proof."""


class Checker:
    """Checks policies in threads; all methods are called from the event loop.

    Args:
        snapshot: Returns a policy as it is now.
        prepare: Returns the diagnostics of an analysis for the editor; called in a thread.
        publish: Is called with each analysis of the newest texts, at most twice for each change.
    """

    def __init__(
        self,
        snapshot: Callable[[Path], Snapshot],
        prepare: Callable[[Analysis], Published],
        publish: Callable[[Analysis, Published], None],
    ) -> None:
        self._snapshot, self._prepare, self._publish = snapshot, prepare, publish
        self._loading, self._proving = ThreadPoolExecutor(2, "load"), ThreadPoolExecutor(_MOST_PROOFS, "prove")
        self._is_open = True
        self._checks: dict[Path, asyncio.Task[None]] = {}
        self._newest: dict[Path, Analysis] = {}
        self._good: dict[Path, Analysis] = {}

    def changed(self, policy: Path) -> None:
        """Check a policy that has changed; a check of its earlier texts ends without a result."""
        self._stop(policy)
        self._checks[policy] = asyncio.ensure_future(self._check(policy))
        self._checks[policy].add_done_callback(_log_failure)

    def closed(self, policy: Path) -> None:
        """End the check of a policy of which no file is open, and forget what is known about it."""
        self._stop(policy)
        self._good.pop(policy, None)

    def close(self) -> bool:
        """End all checks, and return whether that had not been done before."""
        was_open, self._is_open = self._is_open, False
        for policy in [*self._checks]:
            self._stop(policy)
        for threads in (self._loading, self._proving):
            threads.shutdown(wait=False, cancel_futures=True)
        return was_open

    async def newest(self, policy: Path) -> Analysis | None:
        """Return the analysis of the texts as they are now, once it is complete; None if they change meanwhile."""
        if policy in self._checks:
            await asyncio.wait([self._checks[policy]])
        return self._newest.get(policy)

    def is_newest(self, analysis: Analysis) -> bool:
        """Return whether an analysis is the one of the texts as they are now."""
        return self._newest.get(analysis.snapshot.policy) is analysis

    def last_good(self, policy: Path) -> Analysis | None:
        """Return the last complete analysis of a policy without errors, which may be of earlier texts."""
        return self._good.get(policy)

    def _stop(self, policy: Path) -> None:
        if policy in self._checks:
            self._checks.pop(policy).cancel()
        self._newest.pop(policy, None)

    async def _check(self, policy: Path) -> None:
        await asyncio.sleep(SECONDS_TO_WAIT)
        snapshot = self._snapshot(policy)
        analysis = await in_thread(lambda: analyze_texts(snapshot), threads=self._loading)
        if not analysis.is_complete:
            analysis = await self._proven(analysis)
        self._newest[policy] = analysis
        if analysis.table is not None:
            self._good[policy] = analysis
        await self._show(analysis)

    async def _proven(self, loaded: Analysis) -> Analysis:
        """Return the complete analysis; if that takes long, publish what is known before."""
        proving = asyncio.ensure_future(in_thread(lambda: prove_and_test(loaded), threads=self._proving))
        try:
            done, _ = await asyncio.wait([proving], timeout=_SECONDS_TO_PROVE)
            if not done:
                await self._show(loaded)
            return await proving
        finally:
            proving.cancel()

    async def _show(self, analysis: Analysis) -> None:
        published = await in_thread(lambda: self._prepare(analysis), threads=self._loading)
        self._publish(analysis, published)


def _log_failure(check: asyncio.Task[None]) -> None:
    """Log the error of a check that ended with one; the next change begins another check."""
    if not check.cancelled() and (error := check.exception()) is not None:
        _log.error("the check of a policy failed", exc_info=error)
