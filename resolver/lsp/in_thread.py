"""Work in threads, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from math import inf
from threading import Event
from time import monotonic
from typing import TypeVar

from resolver.table.budget import stoppable

_T = TypeVar("_T")


async def in_thread(work: Callable[[], _T], *, seconds: float = inf, threads: Executor | None = None) -> _T:
    """Return the result of work that a thread does; the work ends early if the task that waits for it is cancelled.

    Args:
        work: The work.
        seconds: The time after which the work is stopped, too.
        threads: The threads, None for those of the event loop.

    Raises:
        StoppedError: The time is over.
    """
    is_cancelled, end = Event(), monotonic() + seconds

    def run() -> _T:
        with stoppable(lambda: is_cancelled.is_set() or monotonic() > end):
            return work()

    try:
        return await asyncio.get_running_loop().run_in_executor(threads, run)
    finally:
        is_cancelled.set()
