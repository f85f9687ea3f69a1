"""Observes models that an application has made itself."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any

from agno.models.base import Model
from agno.models.message import Message

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.turn_recording_model import OpenTurn, TurnRecordingModel


class Observed(TurnRecordingModel):
    """Makes the calls of a model turns of a binding; comes before the model's own class."""

    _resolver_binding: AgentBinding

    def _begin(self, messages: list[Message], options: Mapping[str, Any]) -> OpenTurn | None:
        run = options.get("run_response")
        if run is None:
            return None
        binding = self._resolver_binding
        turn = binding.turn().of_run(run)
        turn.foreign = True
        return OpenTurn(self, binding, turn, messages, run, options.get("tools") or ())


def observed(model: Model, binding: AgentBinding) -> Model:
    """Return `model`, changed so that its turns are recorded for `binding`.

    It stays the same object, with a class that extends its own, unless it is recorded for another binding already.
    """
    if isinstance(model, Observed):
        if model._resolver_binding.subject == binding.subject:
            return model
        model = copy(model)
    else:
        model.__class__ = _observed(type(model))
    model._resolver_binding = binding  # type: ignore[attr-defined]  # mypy does not see the class change
    return model


@cache
def _observed(kind: type[Model]) -> type[Model]:
    return type(kind.__name__, (Observed, kind), {"__module__": kind.__module__})
