"""Calls in threads are limited in number."""

from __future__ import annotations

import asyncio
import threading

import pytest

from resolver.serving import calls
from resolver.serving.calls import Calls, TooManyCallsError


def test_a_call_that_is_not_awaited_any_more_has_its_place_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or any number of calls would wait for threads."""
    monkeypatch.setattr(calls, "MOST_CALLS", 1)
    end = threading.Event()

    async def cancel() -> None:
        limited = Calls()
        task = asyncio.create_task(limited.run(end.wait))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        with pytest.raises(TooManyCallsError):
            await limited.run(int)
        end.set()
        while True:
            try:
                assert await limited.run(int) == 0
                return
            except TooManyCallsError:
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(cancel(), 10))
