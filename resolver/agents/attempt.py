"""An attempt: one piece of work on a model, judged by how its block ends."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING

from resolver.agents.seat import Seat
from resolver.agents.turn import Turn

if TYPE_CHECKING:
    from resolver.agents.model import TieredModel


class Attempt:
    """A block whose clean end is a success and whose exception is a failure, for `with` and for `async with`."""

    def __init__(self, seat: Seat) -> None:
        """Use `Resolver.attempt`."""
        self._seat = seat
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
        """Return the turn with its outcome; None for what is no outcome, such as KeyboardInterrupt."""
        turn = self._turn
        assert turn is not None
        if error is not None and not isinstance(error, Exception):
            return None
        turn.foreign = True  # whatever the block has called, its error is classified like a model's
        turn.end(error, (), ())
        return turn
