"""Agents that are watched record their runs, whatever model they run on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.exceptions import CheckTrigger, OutputCheckError
from agno.models.groq import Groq
from agno.run.agent import RunOutput
from agno.team import Team

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver import Resolver, ResolverError, Subject
from tests.agents.agents import WAYS, closed, ran, run_once, strikes

WORKER = Subject("layout", "worker_a")
NO_JSON = Failure(400, "Failed to generate JSON", "json_validate_failed")
"""The answer of groq and others when a model did not succeed in writing JSON."""


def refuse(run_output: RunOutput) -> None:
    """Refuse every answer."""
    raise OutputCheckError("bad", check_trigger=CheckTrigger.OUTPUT_NOT_ALLOWED)


def foreign(server: Loopback, **options: Any) -> Agent:
    """Return an agent on a model that is not ours."""
    model = Groq(id="its-own", api_key="a-key", base_url=f"{server.url}/groq", client_params={"max_retries": 0})
    return Agent(name="worker_a", model=model, telemetry=False, **options)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [500, 429, 401, 404, 400])
def test_a_watched_agent_on_a_model_of_its_own(resolver: Resolver, server: Loopback, way: str, *, status: int) -> None:
    """However it is run, its successes end a streak, and its provider's failures do not count."""
    agent = foreign(server)
    resolver.watch(agent, "layout", "worker_a")
    resolver.record_failure("layout", "worker_a")
    server.answer(Failure(status))
    run_once(agent, way)
    assert strikes(resolver) == 1
    server.answer(Text("fine"))
    run_once(agent, way)
    assert strikes(resolver) == 0


def test_three_failing_runs_of_a_watched_agent_escalate(resolver: Resolver, server: Loopback) -> None:
    """A tool that fails three runs long is the role's failure, on whatever model it ran."""

    def plan() -> str:
        raise ValueError("no plan")

    agent = foreign(server, tools=[plan])
    resolver.watch(agent, "layout", {"worker_a": "worker_b"})
    for _ in range(3):
        server.answer(ToolCalls((("plan", {}),)), Text("sorry"))
        agent.run("plan")
    closed(agent)
    assert resolver.escalations() == {Subject("layout", "worker_b"): "reasoning"}


@pytest.mark.parametrize("way", WAYS)
def test_the_result_of_a_watched_run_decides(resolver: Resolver, server: Loopback, way: str) -> None:
    """Three answers that a check refuses are three failures in a row, although the model did well each time."""

    def refuse(run_output: RunOutput) -> None:
        raise OutputCheckError("not what was asked for", check_trigger=CheckTrigger.OUTPUT_NOT_ALLOWED)

    agent = Agent(name="worker_a", model=resolver.model("layout", "worker_a"), post_hooks=[refuse], telemetry=False)
    resolver.watch(agent, "layout")
    for _ in range(3):
        run_once(agent, way)
    assert resolver.escalations() == {WORKER: "reasoning"}
    assert len(server.asked) == 3


def test_a_watched_stream_is_the_stream_that_was_asked_for(resolver: Resolver, server: Loopback) -> None:
    """Watching adds nothing to what a caller sees, and keeps what it asked for."""
    agent = foreign(server)
    plain = [type(event).__name__ for event in agent.run("hello", stream=True)]
    resolver.watch(agent, "layout")
    assert [type(event).__name__ for event in agent.run("hello", stream=True)] == plain
    whole = [type(event).__name__ for event in agent.run("hello", stream=True, yield_run_output=True)]
    assert whole == [*plain, "RunOutput"]
    closed(agent)


def test_a_watched_team(resolver: Resolver, server: Loopback) -> None:
    """The members' runs are recorded for their roles; who is not named is left alone."""
    server.answer(
        ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),)), Text("done"), model="lead"
    )
    server.answer(NO_JSON, model="its-own")
    member = foreign(server)
    model = Groq(id="lead", api_key="a-key", base_url=f"{server.url}/groq")
    team = Team(name="lead", model=model, members=[member], telemetry=False)
    resolver.watch(team, "layout", {"worker_a": "worker_a"})
    resolver.record_failure("layout", "lead")
    assert team.run("work").content == "done"
    closed(member)
    model.client.close()  # type: ignore[union-attr]
    assert (strikes(resolver), strikes(resolver, "lead")) == (1, 1)


def test_nobody_to_watch_is_an_error(resolver: Resolver, server: Loopback) -> None:
    """Names that no agent has are refused: nothing would ever be recorded."""
    with pytest.raises(ResolverError, match="no agent here has one of these names"):
        resolver.watch(foreign(server), "layout", {"worker_q": "worker_a"})


def test_a_store_error_breaks_no_watched_run(
    server: Loopback, policy: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one line in the log, and the run's result comes all the same."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with Resolver.open(policy) as resolver:
        agent = foreign(server)
        resolver.watch(agent, "layout")
        monkeypatch.setattr(type(resolver._store), "record", full)
        assert agent.run("hello").content == "ok"
        closed(agent)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR and record.name == "resolver"]
    assert len(errors) == 1
    assert "a run of `layout:worker_a` could not be recorded" in errors[0].getMessage()


@pytest.mark.parametrize("copied", [lambda agent: agent.deep_copy(), copy, lambda agent: agent.deep_copy().deep_copy()])
@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_watched_agent_is_watched(
    resolver: Resolver, server: Loopback, copied: Callable[[Agent], Agent], way: str
) -> None:
    """AgentOS runs copies: a run that a check refuses counts for them as it does for the agent itself."""
    agent = Agent(name="worker_a", model=resolver.model("layout", "worker_a"), telemetry=False, post_hooks=[refuse])
    resolver.watch(agent, "layout")
    for number in (1, 2):
        assert ran(copied(agent), way).status == "error"
        assert strikes(resolver) == number
    assert ran(agent, way).status == "error"
    assert resolver.escalations() == {WORKER: "reasoning"}


def test_a_copy_of_a_watched_team_is_watched(resolver: Resolver, server: Loopback) -> None:
    """A copy of a team has copies of its members, which count as the members do."""
    ask = ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),))
    member = Agent(name="worker_a", model=resolver.model("layout", "worker_a"), telemetry=False, post_hooks=[refuse])
    team = Team(name="lead", model=resolver.model("layout", "lead2"), members=[member], telemetry=False)
    resolver.watch(team, "layout", {"worker_a": "worker_a", "lead": "lead"})
    server.answer(ask, Text("ok"), Text("done"))
    assert team.deep_copy().run("work").content == "done"
    assert (strikes(resolver), strikes(resolver, "lead2")) == (1, 0)


def test_a_run_in_the_background_is_judged_when_it_ends(resolver: Resolver, server: Loopback) -> None:
    """Its result comes after the call has returned."""
    agent = Agent(
        name="worker_a",
        model=resolver.model("layout", "worker_a"),
        db=InMemoryDb(),  # type: ignore[no-untyped-call]
        post_hooks=[refuse],
        telemetry=False,
    )
    resolver.watch(agent, "layout")

    async def run() -> None:
        started = await agent.arun("hello", background=True, session_id="s")
        for _ in range(500):
            await asyncio.sleep(0.01)
            if started.status.value.lower() == "error":
                break
        await asyncio.sleep(0.1)

    for number in (1, 2):
        asyncio.run(run())
        assert strikes(resolver) == number


def test_a_copy_is_an_agent_of_its_own(resolver: Resolver, server: Loopback) -> None:
    """A copy runs itself, not the agent that it was copied from."""
    agent = Agent(name="worker_a", model=resolver.model("layout", "worker_a"), telemetry=False)
    resolver.watch(agent, "layout")
    another = copy(agent)
    another.instructions = "Answer in French."
    another.run("hello")
    assert "Answer in French." in str(server.asked[-1].messages)
    assert type(another).__name__ == "Agent"
    assert isinstance(another, Agent)


def test_two_watched_agents_on_one_model(resolver: Resolver, server: Loopback) -> None:
    """Each one's turns are its own, although they were given the same model."""
    one, two = foreign(server), foreign(server)
    two.model, two.name = one.model, "worker_b"
    resolver.watch(one, "layout", "worker_a")
    resolver.watch(two, "layout", "worker_b")
    server.answer(NO_JSON)
    one.run("hello")
    assert (strikes(resolver), strikes(resolver, "worker_b")) == (1, 0)
    two.run("hello")
    assert (strikes(resolver), strikes(resolver, "worker_b")) == (1, 1)
    closed(one)
    closed(two)


def test_a_member_without_a_model_of_its_own(resolver: Resolver, server: Loopback) -> None:
    """Agno gives it the leader's; what it does counts for it alone."""
    ask = ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),))
    server.answer(ask, NO_JSON, Text("done"), model="its-own")
    leader = foreign(server)
    member = Agent(name="worker_a", telemetry=False)
    team = Team(name="lead", model=leader.model, members=[member], telemetry=False)
    resolver.watch(team, "layout")
    assert team.run("work").content == "done"
    closed(leader)
    closed(member)
    assert (strikes(resolver), strikes(resolver, "lead")) == (1, 0)
