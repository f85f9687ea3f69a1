"""Tool calls that a person or the application answers have not failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.tools import tool
from agno.tools.user_control_flow import UserControlFlowTools

from examples.loopback import Loopback, Text, ToolCalls
from tests.agents.agents import Listening, agent_of

both_ways = pytest.mark.parametrize("way", ["run", "arun"])


@tool(external_execution=True)
def send(text: str) -> str:
    """Send a text."""
    raise AssertionError("the application sends it")


def go_on(agent: Agent, way: str, fill: Any) -> Any:
    """Run an agent until it pauses, answer its open calls, and let it go on."""
    if way == "run":
        run = agent.run("hello")
        fill(run)
        return agent.continue_run(run_response=run)

    async def both() -> Any:
        run = await agent.arun("hello")
        fill(run)
        return await agent.acontinue_run(run_response=run)

    return asyncio.run(both())


@both_ways
@pytest.mark.parametrize("watched", [False, True])
def test_a_tool_that_the_application_runs(server: Loopback, listening: Listening, way: str, *, watched: bool) -> None:
    """Its result is what the application says; agno has not made the call, and it has not failed."""
    server.answer(ToolCalls((("send", {"text": "hi"}),)), Text("sent"))
    agent = agent_of(listening, tools=[send], db=InMemoryDb())  # type: ignore[no-untyped-call]
    if watched:
        listening.watch(agent, "t", "worker_a")

    def fill(run: Any) -> None:
        for call in run.tools_awaiting_external_execution:
            call.result = "sent"

    assert go_on(agent, way, fill).content == "sent"
    assert listening.kinds() == ["success"]


@both_ways
def test_a_tool_that_asks_the_user(server: Loopback, listening: Listening, way: str) -> None:
    """What a person fills in is an answer, too."""
    fields = [{"field_name": "name", "field_type": "str", "field_description": "Your name"}]
    server.answer(ToolCalls((("get_user_input", {"user_input_fields": fields}),)), Text("thank you"))
    agent = agent_of(listening, tools=[UserControlFlowTools()], db=InMemoryDb())  # type: ignore[no-untyped-call]

    def fill(run: Any) -> None:
        for call in run.tools_requiring_user_input:
            for entry in call.user_input_schema:
                entry.value = "Ada"

    assert go_on(agent, way, fill).content == "thank you"
    assert listening.kinds() == ["success"]
