"""What the tests of running triads share: HFS's side, and the server's answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.loopback import Asked, Loopback, Text, ToolCalls
from resolver.hfs import EscalationTracker, ModelSelector
from tests.hfs.hfs import (
    LEADERS,
    PRESETS,
    Orchestrator,
    ProviderManager,
    TiersSection,
    config_of,
)

REASONING, GENERAL, FAST = "qwen-3-235b-a22b-instruct-2507", "llama-3.3-70b", "zai-glm-4.7"
NAMES = {"hierarchical": "layout", "dialectic": "copy", "consensus": "look"}


class HFS:
    """HFS's side of a test: one config, one selector, one tracker."""

    def __init__(self, file: Path, *order: str, policies: Path | None = None) -> None:
        self.file = file
        self.config: TiersSection = config_of(file)
        self.manager = ProviderManager(*(order or ("cerebras", "groq")))
        self.selector = ModelSelector(self.config, self.manager, policies=policies)
        self.tracker = EscalationTracker(file, self.config, policies=policies)

    def orchestrator(self, preset: str = "hierarchical", kind: type[Orchestrator] = Orchestrator, **more: Any) -> Any:
        return kind(self.selector, self.tracker, {NAMES[preset]: preset}, **more)

    def counts(self, triad: str = "layout") -> list[int]:
        preset = next(preset for preset, name in NAMES.items() if name == triad)
        return [self.tracker.get_failure_count(triad, role) for role in PRESETS[preset]]

    def fail(self, times: int, *roles: str, triad: str = "layout") -> None:
        for role in roles:
            for _ in range(times):
                self.tracker.record_failure(triad, role)


def ask(*roles: str) -> ToolCalls:
    """The leader asks members to work."""
    return ToolCalls(tuple(("delegate_task_to_member", {"member_id": role, "task": "Work."}) for role in roles))


def leading(server: Loopback, preset: str, model: str | None, *answers: Any, times: int = 1) -> None:
    """Let the leader, whose request is the first one to come, ask all members in turn."""
    members = [role for role in PRESETS[preset] if role != LEADERS[preset]]
    server.answer(*(answers or (ask(*members),)), model=model, times=times)


def who(asked: Asked) -> str:
    """Who sent a request: each agent's system message says so."""
    said = str(asked.messages)
    roles = [role for roles in PRESETS.values() for role in roles]
    return next((role for role in roles if f"You are {role}." in said), "leader")


def run(orchestrator: Orchestrator, times: int = 1) -> Any:
    result = None
    for name in orchestrator.triads:
        for _ in range(times):
            result = asyncio.run(orchestrator.run(name))
    return result


def broken_tool(server: Loopback, member: str = "worker_a") -> dict[str, list[Callable[..., str]]]:
    """Let worker_a call a tool that fails."""

    def measure() -> str:
        """Measure."""
        raise ValueError("it has no size")

    # members that the leader asks in one answer run side by side, so this one is asked alone
    server.answer(ToolCalls((("measure", {}),)), Text("sorry"), Text("fine"), model=GENERAL, times=3)
    leading(server, "hierarchical", REASONING, ask("worker_a"), ask("worker_b"), times=2)
    return {member: [measure]}
