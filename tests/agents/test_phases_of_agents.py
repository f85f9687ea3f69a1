"""Agents change their model with the phase in which each turn begins."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from agno.agent import Agent

from examples.loopback import Loopback
from resolver import Resolver
from resolver.domain import Subject
from tests.agents.agents import FAST, GENERAL, WAYS, Listening, agent_of, ran
from tests.agents.halving import calls

every_way = pytest.mark.parametrize("way", WAYS)
WORKER = Subject("t", "worker_a")


@every_way
def test_an_agent_changes_its_model_with_the_phase(server: Loopback, listening: Listening, way: str) -> None:
    """One agent, built once, runs on the tier of the phase that surrounds each run."""
    agent = agent_of(listening)
    ran(agent, way)
    with listening.in_phase("execution"):
        ran(agent, way)
        with listening.in_phase(None):
            ran(agent, way)
        ran(agent, way)
    ran(agent, way)
    assert [one.model for one in server.asked] == [GENERAL, FAST, GENERAL, FAST, GENERAL]
    assert [tier for _, _, tier in listening.heard] == ["general", "fast", "general", "fast", "general"]


@every_way
def test_a_fixed_phase_outdoes_the_one_around(server: Loopback, listening: Listening, way: str) -> None:
    """`phase=` holds wherever the agent runs."""
    fixed = Agent(model=listening.model("t", "worker_a", phase="execution"), telemetry=False)
    ran(fixed, way)
    with listening.in_phase("planning"):
        ran(fixed, way)
    none = Agent(model=listening.model("t", "worker_a", phase=""), telemetry=False)
    with listening.in_phase("execution"):
        ran(none, way)
    assert [one.model for one in server.asked] == [FAST, FAST, GENERAL]


def test_a_phase_is_that_of_its_thread_and_of_the_tasks_it_starts(server: Loopback, listening: Listening) -> None:
    """A thread of its own knows nothing of it, a task and `to_thread` go along, and leaving it changes neither."""
    model = listening.model("t", "worker_a")
    seen: dict[str, str] = {}

    async def look() -> None:
        with listening.in_phase("execution"):
            task = asyncio.create_task(later())
            seen["to_thread"] = await asyncio.to_thread(lambda: model.id)
        seen["after"] = model.id
        await task

    async def later() -> None:
        await asyncio.sleep(0.01)
        seen["task"] = model.id

    with listening.in_phase("execution"):
        thread = threading.Thread(target=lambda: seen.update(thread=model.id))
        thread.start()
        thread.join()
    asyncio.run(look())
    assert seen == {"thread": GENERAL, "to_thread": FAST, "after": GENERAL, "task": FAST}


def test_a_phase_is_that_of_one_resolver(listening: Listening, policy: Path) -> None:
    """Two resolvers in one program do not mind each other's phases."""
    with Resolver.open(policy) as stranger, stranger.in_phase("execution"):
        assert listening.model("t", "worker_a").id == GENERAL
        assert stranger.model("t", "worker_a").id == FAST


def test_a_turn_stays_on_the_tier_that_it_began_on(server: Loopback, listening: Listening) -> None:
    """A phase that ends, or an escalation that comes, in the middle of a turn is for the next one."""

    def half(number: int) -> str:
        """Halve, while others fail."""
        decision = listening.resolve("t", "worker_a")
        for _ in range(3):
            listening.record_failure("t", "worker_a", kind="task", ran_on=decision)
        return "2"

    server.answer(*calls(4))
    agent = agent_of(listening, tools=[half])
    ran(agent, "run")
    assert [one.model for one in server.asked] == [GENERAL, GENERAL]
    assert listening.heard[-1] == ("worker_a", "success", "general")
    assert listening.escalations() == {WORKER: "reasoning"}
