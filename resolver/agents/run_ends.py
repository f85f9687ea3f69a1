"""Notices when agno's runs end, and which are parts of a team's run: agno reports both to its cancellation manager.

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
_team_runs: OrderedDict[str, str] = OrderedDict()
"""The runs of members of teams, with the run of the team that each is a part of."""


def notice_runs() -> bool:
    """Notice the ends of runs from now on, and which of them are parts of a team's; return whether that is possible."""
    from agno.run.cancel import get_cancellation_manager  # noqa: PLC0415  it is time to import agno

    manager: Any = get_cancellation_manager()
    if not hasattr(manager, "_reports_to_resolver"):
        kind: type[BaseRunCancellationManager] = type(manager)
        try:
            manager.__class__ = _reporting(kind)
        except TypeError:  # a manager of an application may have `__slots__`, or be no instance of agno's class
            return False
    return True


def _is_running(run_id: str) -> bool:
    """Return whether the run is one of an agent; an application may call a model with any run id."""
    from agno.run.cancel import get_cancellation_manager  # noqa: PLC0415  agno runs already
    from agno.run.cancellation_management.in_memory_cancellation_manager import (  # noqa: PLC0415  as above
        InMemoryRunCancellationManager,
    )

    manager = get_cancellation_manager()  # any other one asks another program
    return not isinstance(manager, InMemoryRunCancellationManager) or run_id in manager.get_active_runs()


def outer_runs(run_id: str) -> list[str]:
    """Return the ids of the teams' runs around a run, the innermost first."""
    runs: list[str] = []
    while (outer := _team_runs.get(runs[-1] if runs else run_id)) is not None and outer not in runs:
        runs.append(outer)
    return runs


def when_ended(run_id: str, call: Callable[[], None]) -> bool:
    """Call `call` once when the run ends: in a thread that runs no event loop, and before agno returns the result.

    Return False, and do nothing, if the ends of runs cannot be noticed, or agno does not know the run.
    """
    if not notice_runs() or not _is_running(run_id):  # an application may have set another manager
        return False
    oldest = None
    with _lock:
        _waiting.setdefault(run_id, []).append(call)
        if len(_waiting) > _RUNS:
            oldest = next(iter(_waiting))
    if oldest is not None:
        _ended(oldest)
    return True


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

    def register_member_run(self: BaseRunCancellationManager, team_run_id: str, member_run_id: str) -> None:
        _part_of(team_run_id, member_run_id)
        kind.register_member_run(self, team_run_id, member_run_id)

    async def aregister_member_run(self: BaseRunCancellationManager, team_run_id: str, member_run_id: str) -> None:
        _part_of(team_run_id, member_run_id)
        await kind.aregister_member_run(self, team_run_id, member_run_id)

    methods = {
        "cleanup_run": cleanup_run,
        "acleanup_run": acleanup_run,
        "register_member_run": register_member_run,
        "aregister_member_run": aregister_member_run,
        "_reports_to_resolver": True,
    }
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, **methods})


def _ended(run_id: str) -> None:
    with _lock:
        calls = _waiting.pop(run_id, ())
    for call in calls:
        call()


def _part_of(team_run_id: str, member_run_id: str) -> None:
    with _lock:
        _team_runs[member_run_id] = team_run_id
        if len(_team_runs) > _RUNS:
            _team_runs.popitem(last=False)
