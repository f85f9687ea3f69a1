"""Runs that an application reports with `record_run` count once, and only when they are over."""

from __future__ import annotations

import pytest
from agno.agent import Agent
from agno.models.message import Message
from agno.run.agent import RunOutput
from agno.run.base import RunStatus

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver import Resolver, ResolverError, Subject
from tests.agents.agents import strikes

WORKER = Subject("layout", "worker_a")


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Error code: 429 - {'error': {'message': 'slow down'}}", 0),
        ("Connection error.", 0),
        ("model `llama-2` not found: decommissioned", 0),
        ("context_length_exceeded: maximum context length is 8192 tokens", 0),
        ("the answer is withheld: `content_filter`", 0),
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
        patched.setattr(type(resolver._store), "record", full)
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


def test_a_run_that_had_no_provider_is_known_by_its_text(resolver: Resolver) -> None:
    """What another process's model could not say itself does not count."""
    text = "no provider serves `layout:worker_a` on tier `general`:\n  groq `x`: outage, Error code: 500"
    resolver.record_run("layout", "worker_a", RunOutput(run_id="1", content=text, status=RunStatus.error))
    assert strikes(resolver) == 0


def test_a_run_that_goes_on_is_judged_again(resolver: Resolver, server: Loopback) -> None:
    """A new turn of a run that was recorded is new evidence."""
    run = RunOutput(run_id="1", content="nonsense", status=RunStatus.error)
    resolver.record_run("layout", "worker_a", run)
    model = resolver.model("layout", "worker_a")
    model.response([Message(role="user", content="again")], run_response=run)
    assert strikes(resolver) == 0
    run.status = RunStatus.completed
    assert resolver.record_run("layout", "worker_a", run) == {}
