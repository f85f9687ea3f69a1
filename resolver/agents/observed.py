"""Observes models that an application has made itself."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from agno.models.base import Model
from agno.models.message import Message

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.extended import extended
from resolver.agents.finish_reasons import ReportsFinish
from resolver.agents.turn_recording_model import OpenTurn, TurnRecordingModel


class Observed(TurnRecordingModel, ReportsFinish):
    """Makes the calls of a model turns of a binding; comes before the model's own class."""

    _resolver_binding: AgentBinding

    def _begin(self, messages: list[Message], options: Mapping[str, Any]) -> OpenTurn | None:
        run = options.get("run_response")
        if run is None:
            return None
        binding = self._resolver_binding
        turn = binding.turn().of_run(run)
        turn.foreign = True
        return OpenTurn(self, binding, turn, messages, run, options.get("tools") or (), options.get("response_format"))


def observed(model: Model, binding: AgentBinding) -> Model:
    """Return `model`, changed so that its turns are recorded for `binding`.

    A model that is recorded for another subject already is copied.
    """
    if isinstance(model, Observed):
        if model._resolver_binding.subject == binding.subject:
            return model
        model = copy(model)
    else:
        model = extended(model, Observed)
    model._resolver_binding = binding  # type: ignore[attr-defined]  # mypy does not see the class change
    return model
