"""Attempts: a block of work on a model whose end is recorded."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.failure_kinds import kind_of, kind_of_call
from resolver.agents.no_provider import one_line
from resolver.agents.turn import Failure, Turn, is_no_outcome

if TYPE_CHECKING:
    from resolver.agents.model import TieredModel


class Attempt:
    """A block whose clean end is a success and whose exception is a failure, for `with` and for `async with`."""

    def __init__(self, binding: AgentBinding) -> None:
        """Use `Resolver.attempt`."""
        self._seat = binding
        self._turn: Turn | None = None

    def __enter__(self) -> TieredModel:
        from resolver.agents.model import TieredModel  # noqa: PLC0415  it imports agno

        self._turn = self._seat.turn()
        return TieredModel(self._seat, self._turn)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (turn := self._ended(error)) is not None:
            self._seat.host.observe(self._seat, turn)

    async def __aenter__(self) -> TieredModel:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if (turn := self._ended(error)) is not None:
            await asyncio.to_thread(self._seat.host.observe, self._seat, turn)

    def _ended(self, error: BaseException | None) -> Turn | None:
        """Return the turn with its outcome; None if the block was interrupted, as by KeyboardInterrupt."""
        turn = self._turn
        assert turn is not None
        if is_no_outcome(error):
            return None
        turn.ended = True
        if turn.unserved:
            return turn
        if error is None and turn.raised is not None:  # an agent that ran on the model has caught its error
            turn.failure = Failure(kind_of_call(turn.raised), one_line(turn.raised))
        elif isinstance(error, Exception):
            came_up = turn.raised is not None and turn.raised in (error, error.__cause__)
            turn.failure = Failure(kind_of_call(error) if came_up else kind_of(error), one_line(error))
        return turn
