"""Work in threads ends with the task that waits for it."""

from __future__ import annotations

import asyncio
import time
from threading import Event

import pytest

from resolver.lsp.in_thread import in_thread
from resolver.table.budget import StoppedError, check_stopped


class Work:
    """Work without an end, which looks whether it is stopped."""

    def __init__(self) -> None:
        self.has_begun, self.has_ended = Event(), Event()

    def __call__(self) -> None:
        self.has_begun.set()
        try:
            while True:
                check_stopped()
                time.sleep(0.001)
        finally:
            self.has_ended.set()


def test_work_ends_when_its_task_is_cancelled() -> None:
    """A request that the editor takes back costs no more time."""
    work = Work()

    async def run() -> None:
        task = asyncio.ensure_future(in_thread(work))
        assert await asyncio.to_thread(work.has_begun.wait, 30)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert await asyncio.to_thread(work.has_ended.wait, 30)

    asyncio.run(run())


def test_work_ends_when_its_time_is_over() -> None:
    """The caller learns that it has no result."""

    async def run() -> None:
        with pytest.raises(StoppedError):
            await in_thread(Work(), seconds=0.01)

    asyncio.run(run())
