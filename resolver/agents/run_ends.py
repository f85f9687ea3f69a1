"""Notices when agno's runs end, however they end: agno reports each end to its cancellation manager.

An agent does not tell its model whether it will try again (`Agent(retries=…)`), so that the outcome of a run is known
only when it ends.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from resolver.forks import RenewedLock

if TYPE_CHECKING:
    from agno.run.cancellation_management.base import BaseRunCancellationManager

_RUNS = 10_000
"""Runs that are waited for; beyond that, the oldest counts as ended."""
_lock = RenewedLock()
_waiting: OrderedDict[str, list[Callable[[], None]]] = OrderedDict()


def when_ended(run_id: str, call: Callable[[], None]) -> None:
    """Call `call` once when the run ends: in a thread that runs no event loop, and before agno returns the result."""
    from agno.run.cancel import get_cancellation_manager  # noqa: PLC0415  agno runs already

    _notify(get_cancellation_manager())
    oldest = None
    with _lock:
        _waiting.setdefault(run_id, []).append(call)
        if len(_waiting) > _RUNS:
            oldest = next(iter(_waiting))
    if oldest is not None:
        _ended(oldest)


def _notify(manager: Any) -> None:
    """Make agno's manager of running runs report their ends here. It stays the same object."""
    if not hasattr(manager, "_reports_to_resolver"):
        kind: type[BaseRunCancellationManager] = type(manager)
        manager.__class__ = _reporting(kind)


@cache
def _reporting(kind: type[BaseRunCancellationManager]) -> type[BaseRunCancellationManager]:
    def cleanup_run(self: BaseRunCancellationManager, run_id: str) -> None:
        try:
            kind.cleanup_run(self, run_id)
        finally:
            _ended(run_id)

    async def acleanup_run(self: BaseRunCancellationManager, run_id: str) -> None:
        try:
            await kind.acleanup_run(self, run_id)
        finally:
            if run_id in _waiting:
                await asyncio.to_thread(_ended, run_id)  # it may wait for a disk

    methods = {"cleanup_run": cleanup_run, "acleanup_run": acleanup_run, "_reports_to_resolver": True}
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, **methods})


def _ended(run_id: str) -> None:
    with _lock:
        calls = _waiting.pop(run_id, ())
    for call in calls:
        call()
