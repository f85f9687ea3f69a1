"""Models that are not ours, observed like ours."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any

from agno.models.base import Model
from agno.models.message import Message

from resolver.agents.seat import Seat
from resolver.agents.turning import Begun, Turning


class Observed(Turning):
    """Makes the calls of a model turns of a seat ; comes before its own class."""

    _resolver_seat: Seat

    def _begin(self, messages: list[Message], options: Mapping[str, Any]) -> Begun | None:
        run = options.get("run_response")
        if run is None:
            return None
        seat = self._resolver_seat
        turn = seat.turn().of_run(run)
        turn.foreign = True
        return Begun(self, seat, turn, messages, run, options.get("tools") or ())


def observed(model: Model, seat: Seat) -> Model:
    """Return `model` as one that tells `seat` of its turns.

    It stays the same object, of a class that is its own and more, unless it tells another seat already.
    """
    if isinstance(model, Observed):
        if model._resolver_seat.subject == seat.subject:
            return model
        model = copy(model)
    else:
        model.__class__ = _observed(type(model))
    model._resolver_seat = seat  # type: ignore[attr-defined]  # mypy does not see the class change
    return model


@cache
def _observed(kind: type[Model]) -> type[Model]:
    return type(kind.__name__, (Observed, kind), {"__module__": kind.__module__})
