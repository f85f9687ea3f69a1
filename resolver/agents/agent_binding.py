"""Binds a model to a triad's role and to the host that decides and records for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from resolver.agents.pool import Pool
from resolver.agents.turn import ToolFailed, Turn
from resolver.domain import Decision, Subject, Value


class ModelHost(Protocol):
    """The host of models, which decides on their tier and records their outcomes."""

    @property
    def pool(self) -> Pool:
        """The providers, their models and their cool-downs."""

    @property
    def tool_failed(self) -> ToolFailed | None:
        """The application's judgement of what a tool answers as text, None if it has none."""

    def decide(self, binding: AgentBinding) -> tuple[str | None, Decision]:
        """Return the current phase of a binding, and the decision on the tier in force."""

    def observe(self, binding: AgentBinding, turn: Turn) -> None:
        """Record the outcome of a turn; never raises."""


@dataclass(frozen=True, slots=True, eq=False)
class AgentBinding:
    """A role of a triad, with a fixed phase and extra facts. No phase means the current phase at each call."""

    host: ModelHost
    subject: Subject
    phase: str | None
    facts: Mapping[str, Value]

    def turn(self) -> Turn:
        """Begin a turn on the tier in force now."""
        phase, decision = self.host.decide(self)
        return Turn(self.subject, phase, decision)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # agno copies models; the copy has the same binding
