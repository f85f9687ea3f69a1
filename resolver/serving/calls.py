"""Calls that may wait for a disk, a database or a proof: in threads, a limited number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import ParamSpec, TypeVar

from resolver.diagnostics import RequestError, ResolverError
from resolver.table.budget import StoppedError, stoppable

MOST_CALLS = 64
"""Calls at a time that may wait for a disk or a database."""

MOST_PROOFS = 2
"""Policies at a time that are proven or compared."""

SECONDS_TO_PROVE = 30.0
"""Seconds for which a policy is proven or compared."""

P = ParamSpec("P")
R = TypeVar("R")


class TooManyCallsError(ResolverError):
    """As many calls are being answered as may wait at a time; a later one can be answered."""


class Calls:
    """Runs calls in threads for an event loop. One call too many is refused at once, so that none waits for others."""

    def __init__(self) -> None:
        self._calls, self._proofs = _Threads(MOST_CALLS, "call"), _Threads(MOST_PROOFS, "proof")

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `call` returns; TooManyCallsError if too many others wait."""
        return await self._calls.run(partial(call, *args, **kwargs))

    async def prove(self, gone: Awaitable[object], call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do what `run` does for a call that proves policies; RequestError if that takes too long.

        The call ends early when `gone` is done: its caller has gone.
        """
        leaving = asyncio.ensure_future(gone)

        def prove() -> R:
            end = monotonic() + SECONDS_TO_PROVE
            with stoppable(lambda: leaving.done() or monotonic() > end):
                return call(*args, **kwargs)

        try:
            return await self._proofs.run(prove)
        except StoppedError as error:
            message = f"the proof takes longer than {SECONDS_TO_PROVE:g} s; `resolver check` has no such limit"
            raise RequestError(message) from error
        finally:
            leaving.cancel()


class _Threads:
    def __init__(self, most: int, name: str) -> None:
        self._left = most
        self._executor = ThreadPoolExecutor(most, f"resolver-{name}")

    async def run(self, call: Callable[[], R]) -> R:
        if self._left < 1:
            raise TooManyCallsError("too many such calls are being answered")
        running = asyncio.get_running_loop().run_in_executor(self._executor, call)
        self._left -= 1
        running.add_done_callback(self._give_back)
        return await asyncio.shield(running)  # a thread cannot be cancelled, and keeps its place until it ends

    def _give_back(self, _running: asyncio.Future[R]) -> None:
        self._left += 1
