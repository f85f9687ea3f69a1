"""Models that are not ours, observed like ours."""

from __future__ import annotations

from functools import cache
from typing import Any

from agno.models.base import Model
from agno.models.message import Message

from resolver.agents.seat import Seat
from resolver.agents.turning import Begun, Turning


class Observed(Turning):
    """Makes the calls of a model turns of a seat that the result of their run decides; comes before its own class."""

    _resolver_seat: Seat

    def _begin(self, messages: list[Message], run: Any) -> Begun | None:
        if run is None:
            return None
        seat = self._resolver_seat
        turn = seat.turn().of_run(run, held=True)
        turn.foreign = True
        return Begun(self, seat, turn, messages, list(messages), run)


def observe(model: Model, seat: Seat) -> None:
    """Let `model` tell `seat` of its turns. It stays the same object, of a class that is its own and more."""
    if not isinstance(model, Observed):
        model.__class__ = _observed(type(model))
    model._resolver_seat = seat  # type: ignore[attr-defined]


@cache
def _observed(kind: type[Model]) -> type[Model]:
    return type(kind.__name__, (Observed, kind), {"__module__": kind.__module__})
