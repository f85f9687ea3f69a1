"""Calls that may wait for a disk, a database or a proof: in threads, a limited number at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from resolver.server.problems import ProblemError
from resolver.server.settings import MOST_CALLS, MOST_PROOFS, SECONDS_TO_PROVE
from resolver.table.budget import StoppedError, stoppable

P = ParamSpec("P")
R = TypeVar("R")


class Calls:
    """Runs calls in threads. One call too many is refused at once, so that no caller waits behind others."""

    def __init__(self) -> None:
        self._calls, self._proofs = CapacityLimiter(MOST_CALLS), CapacityLimiter(MOST_PROOFS)

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `call` returns; ProblemError if too many others wait."""
        return await _run(self._calls, partial(call, *args, **kwargs))

    async def prove(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do what `run` does for a call that proves policies; ProblemError if that takes too long."""

        def prove() -> R:
            end = monotonic() + SECONDS_TO_PROVE
            with stoppable(lambda: monotonic() > end):
                return call(*args, **kwargs)

        try:
            return await _run(self._proofs, prove)
        except StoppedError as error:
            detail = f"the proof takes longer than {SECONDS_TO_PROVE:g} s; `resolver check` has no such limit"
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from error


async def _run(limiter: CapacityLimiter, call: Callable[[], R]) -> R:
    if limiter.available_tokens < 1:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "too many such calls are being answered")
    return await to_thread.run_sync(call, limiter=limiter)
