"""Runs whose models are not ours, or whose result decides: `record_run` and `watch`."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from agno.agent import Agent
from agno.exceptions import CheckTrigger, OutputCheckError
from agno.models.groq import Groq
from agno.models.message import Message
from agno.run.agent import RunOutput
from agno.run.base import RunStatus
from agno.team import Team

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver import Resolver, ResolverError, Subject
from tests.agents.agents import WAYS, Ran, aran, ran

WORKER = Subject("layout", "worker_a")


def strikes(resolver: Resolver, role: str = "worker_a") -> int:
    """Return the strikes of a role of the triad of these tests."""
    streak = resolver.streaks().get(Subject("layout", role))
    return streak.strikes if streak else 0


def foreign(server: Loopback, **options: Any) -> Agent:
    """Return an agent on a model that is not ours."""
    model = Groq(id="its-own", api_key="a-key", base_url=f"{server.url}/groq", client_params={"max_retries": 0})
    return Agent(name="worker_a", model=model, telemetry=False, **options)


def run_once(agent: Agent, way: str) -> Ran:
    """Run an agent in one of the four ways, and close what its own model has opened."""
    if way in ("run", "stream"):
        try:
            return ran(agent, way)
        finally:
            closed(agent)

    async def run() -> Ran:
        try:
            return await aran(agent, way)
        finally:
            if client := getattr(agent.model, "async_client", None):
                await client.close()
                agent.model.async_client = None  # type: ignore[union-attr]

    return asyncio.run(run())


def closed(agent: Agent) -> None:
    """Close the client of an agent's own model."""
    if client := getattr(agent.model, "client", None):
        client.close()
        agent.model.client = None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Error code: 429 - {'error': {'message': 'slow down'}}", 0),
        ("Connection error.", 0),
        ("model `llama-2` not found: decommissioned", 0),
        ("context_length_exceeded: maximum context length is 8192 tokens", 1),
        ("the answer made no sense", 1),
        ("", 1),
    ],
)
def test_a_run_with_an_error_is_a_failure_of_the_kind_that_its_text_shows(
    resolver: Resolver, text: str, *, counted: int
) -> None:
    """Nothing was raised, and it is a failure all the same; a provider's does not count."""
    run = RunOutput(run_id="1", content=text, status=RunStatus.error)
    outcomes = resolver.record_run("layout", "worker_a", run)
    assert outcomes["worker_a"].effect == ("count" if counted else "ignore")
    assert strikes(resolver) == counted


@pytest.mark.parametrize("status", [RunStatus.cancelled, RunStatus.paused, RunStatus.running, RunStatus.pending])
def test_a_run_that_is_not_over_is_no_outcome(resolver: Resolver, status: RunStatus) -> None:
    """What was cancelled, or waits, or goes on, has not succeeded or failed."""
    resolver.record_failure("layout", "worker_a")
    assert resolver.record_run("layout", "worker_a", RunOutput(run_id="1", status=status)) == {}
    assert strikes(resolver) == 1


def test_a_run_counts_once(resolver: Resolver) -> None:
    """A run that is recorded again adds nothing; another run does."""
    run = RunOutput(run_id="1", content="nonsense", status=RunStatus.error)
    for _ in range(5):
        resolver.record_run("layout", ["worker_a", "worker_b"], run)
    assert (strikes(resolver), strikes(resolver, "worker_b")) == (1, 1)
    resolver.record_run("layout", "worker_a", RunOutput(run_id="2", content="nonsense", status=RunStatus.error))
    assert strikes(resolver) == 2


def test_a_run_without_an_id_is_refused(resolver: Resolver) -> None:
    """It could be counted twice."""
    with pytest.raises(ResolverError, match="no `run_id`"):
        resolver.record_run("layout", "worker_a", RunOutput(status=RunStatus.completed))


def test_a_run_that_could_not_be_recorded_can_be_recorded_again(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An explicit report raises what the store raises, and the next one is not taken for a repetition."""
    run = RunOutput(run_id="1", content="nonsense", status=RunStatus.error)

    def full(*_: object, **__: object) -> None:
        raise ResolverError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(resolver._store), "update", full)
        with pytest.raises(ResolverError, match="the disk is full"):
            resolver.record_run("layout", "worker_a", run)
    resolver.record_run("layout", "worker_a", run)
    assert strikes(resolver) == 1


def test_a_tool_that_failed_in_a_run_is_a_failure_of_it(resolver: Resolver) -> None:
    """A completed run fails if a tool failed and did not succeed later; messages of earlier runs do not count."""
    old = Message(role="tool", tool_call_id="0", tool_name="other", tool_call_error=True, from_history=True)
    bad = Message(role="tool", tool_call_id="1", tool_name="plan", tool_call_error=True, content="no plan")
    good = Message(role="tool", tool_call_id="2", tool_name="plan", tool_call_error=False, content="a plan")
    resolver.record_run("layout", "worker_a", RunOutput(run_id="1", messages=[old, bad], status=RunStatus.completed))
    assert resolver.streaks()[WORKER].errors == ("plan: no plan",)
    resolver.record_run("layout", "worker_a", RunOutput(run_id="2", messages=[bad, good], status=RunStatus.completed))
    assert strikes(resolver) == 0


def test_what_a_model_observed_is_not_added(resolver: Resolver, server: Loopback) -> None:
    """Our own model has recorded its turn; the run's good end adds nothing to its failure or its success."""

    def plan() -> str:
        raise ValueError("no plan")

    agent = Agent(model=resolver.model("layout", "worker_a"), tools=[plan], telemetry=False)
    server.answer(ToolCalls((("plan", {}),)), Text("sorry"))
    run = agent.run("plan")
    assert (run.status, strikes(resolver)) == (RunStatus.completed, 1)
    assert resolver.record_run("layout", "worker_a", run) == {}
    assert strikes(resolver) == 1


def test_an_outage_that_a_model_observed_is_not_counted_by_its_run(resolver: Resolver, server: Loopback) -> None:
    """The run's error says nothing more than the providers' failures, which were recorded with their kinds."""
    server.answer(Failure(500))
    run = Agent(model=resolver.model("layout", "worker_a"), telemetry=False).run("hello")
    assert run.status == RunStatus.error
    assert resolver.record_run("layout", "worker_a", run) == {}
    assert strikes(resolver) == 0


def test_roles_by_the_names_of_a_team(resolver: Resolver) -> None:
    """A mapping judges each role by its own agent's run in the team."""
    bad = RunOutput(run_id="2", agent_name="Critic", content="nonsense", status=RunStatus.error)
    good = RunOutput(run_id="3", agent_name="Proposer", status=RunStatus.completed)
    from agno.run.team import TeamRunOutput  # noqa: PLC0415  beside its one use

    team = TeamRunOutput(run_id="1", team_name="Team", member_responses=[bad, good], status=RunStatus.completed)
    roles = {"Team": "synthesizer", "Critic": "critic", "Proposer": "proposer", "Nobody": "nobody"}
    outcomes = resolver.record_run("layout", roles, team)
    assert {role: str(outcome.effect) for role, outcome in outcomes.items()} == {
        "synthesizer": "reset",
        "critic": "count",
        "proposer": "reset",
    }


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
    server.answer(Failure(400, "context_length_exceeded"), model="its-own")
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
        monkeypatch.setattr(type(resolver._store), "update", full)
        assert agent.run("hello").content == "ok"
        closed(agent)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR and record.name == "resolver"]
    assert len(errors) == 1
    assert "a run of `layout:worker_a` could not be recorded" in errors[0].getMessage()


def test_a_run_that_had_no_provider_is_known_by_its_text(resolver: Resolver) -> None:
    """What another process's model could not say itself does not count."""
    text = "no provider serves `layout:worker_a` on tier `general`:\n  groq `x`: outage, Error code: 500"
    resolver.record_run("layout", "worker_a", RunOutput(run_id="1", content=text, status=RunStatus.error))
    assert strikes(resolver) == 0


def test_a_copy_of_a_watched_agent_is_not_watched(resolver: Resolver, server: Loopback) -> None:
    """Its model records its successes at once: nobody will tell of its runs, and three failures are not in a row."""
    agent = Agent(name="worker_a", model=resolver.model("layout", "worker_a"), telemetry=False)
    resolver.watch(agent, "layout")
    for _ in range(3):
        server.answer(Failure(400, "context_length_exceeded"))
        agent.deep_copy().run("hello")
        server.answer(Text("ok"))
        agent.deep_copy().run("hello")
    assert resolver.escalations() == {}
    assert strikes(resolver) == 0


def test_two_watched_agents_on_one_model(resolver: Resolver, server: Loopback) -> None:
    """Each one's turns are its own, although they were given the same model."""
    one, two = foreign(server), foreign(server)
    two.model, two.name = one.model, "worker_b"
    resolver.watch(one, "layout", "worker_a")
    resolver.watch(two, "layout", "worker_b")
    server.answer(Failure(400, "context_length_exceeded"))
    one.run("hello")
    assert (strikes(resolver), strikes(resolver, "worker_b")) == (1, 0)
    two.run("hello")
    assert (strikes(resolver), strikes(resolver, "worker_b")) == (1, 1)
    closed(one)
    closed(two)


def test_a_member_without_a_model_of_its_own(resolver: Resolver, server: Loopback) -> None:
    """Agno gives it the leader's; what it does counts for it alone."""
    ask = ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),))
    server.answer(ask, Failure(400, "context_length_exceeded"), Text("done"), model="its-own")
    leader = foreign(server)
    member = Agent(name="worker_a", telemetry=False)
    team = Team(name="lead", model=leader.model, members=[member], telemetry=False)
    resolver.watch(team, "layout")
    assert team.run("work").content == "done"
    closed(leader)
    closed(member)
    assert (strikes(resolver), strikes(resolver, "lead")) == (1, 0)


def test_a_run_that_goes_on_is_judged_again(resolver: Resolver, server: Loopback) -> None:
    """A new turn of a run that was recorded is new evidence."""
    run = RunOutput(run_id="1", content="nonsense", status=RunStatus.error)
    resolver.record_run("layout", "worker_a", run)
    model = resolver.model("layout", "worker_a")
    model.response([Message(role="user", content="again")], run_response=run)
    assert strikes(resolver) == 0
    run.status = RunStatus.completed
    assert resolver.record_run("layout", "worker_a", run) == {}
