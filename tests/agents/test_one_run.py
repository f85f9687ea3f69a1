"""One run is at most one strike, and its outcome is that of its last try."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from agno.agent import Agent
from agno.exceptions import CheckTrigger, OutputCheckError
from agno.models.message import Message
from agno.run.agent import RunOutput
from agno.run.base import RunStatus
from agno.run.cancel import cancel_run, get_cancellation_manager, set_cancellation_manager
from agno.run.cancellation_management.in_memory_cancellation_manager import InMemoryRunCancellationManager
from agno.team import Team

from examples.loopback import Failure, Loopback, Text, ToolCalls
from resolver import Resolver, Subject
from resolver.agents import run_ends
from tests.agents.agents import REASONING, WAYS, Listening, agent_of, ran

every_way = pytest.mark.parametrize("way", WAYS)
every_watch = pytest.mark.parametrize("watched", [False, True], ids=["alone", "watched"])
WORKER = Subject("t", "worker_a")
BAD = Failure(400, "Failed to generate JSON", "json_validate_failed")
ASK = ToolCalls((("delegate_task_to_member", {"member_id": "worker-a", "task": "work"}),))
RETRIES: dict[str, Any] = {"retries": 2, "delay_between_retries": 0}


def retrying(resolver: Resolver, *, watched: bool, **more: Any) -> Agent:
    """Make an agent that tries three times."""
    agent = agent_of(resolver, **RETRIES, **more)
    if watched:
        resolver.watch(agent, "t", "worker_a")
    return agent


@every_way
@every_watch
def test_a_run_that_fails_three_times_is_one_strike(
    server: Loopback, listening: Listening, way: str, *, watched: bool
) -> None:
    """One request does not raise a role for good."""
    server.answer(BAD)
    assert ran(retrying(listening, watched=watched), way).status == "error"
    assert len(server.asked) == 3
    assert listening.heard == [("worker_a", "task", "general")]
    assert listening.streaks()[WORKER].strikes == 1


@every_way
@every_watch
@pytest.mark.parametrize("failures", [1, 2])
def test_a_run_that_succeeds_in_the_end_is_a_success(
    server: Loopback, listening: Listening, way: str, failures: int, *, watched: bool
) -> None:
    """Also where the next strike would escalate, a try that is made good does not count."""
    for _ in range(2):
        listening.record_failure("t", "worker_a", ran_on=listening.resolve("t", "worker_a"))
    listening.heard.clear()
    server.answer(*[BAD] * failures, Text("ok"))
    assert ran(retrying(listening, watched=watched), way).status == "completed"
    assert listening.heard == [("worker_a", "success", "general")]
    assert not listening.streaks()
    assert not listening.escalations()


@every_way
@every_watch
def test_three_runs_are_three_strikes(server: Loopback, resolver: Resolver, way: str, *, watched: bool) -> None:
    """Each failed run counts when it ends: the agent runs on the higher tier the next time."""
    server.answer(BAD)
    agent = retrying(resolver, watched=watched)
    for strikes in (1, 2):
        ran(agent, way)
        assert resolver.streaks()[WORKER].strikes == strikes
    ran(agent, way)
    assert resolver.escalations() == {WORKER: "reasoning"}
    ran(agent, way)
    assert server.asked[-1].model == REASONING


@every_way
def test_the_outages_of_all_attempts_are_recorded(server: Loopback, listening: Listening, way: str) -> None:
    """A later attempt replaces the outcome of an earlier one, and not what providers did."""
    server.answer(Failure(503), provider="cerebras", times=1)
    server.answer(BAD, Text("ok"), provider="groq")
    assert ran(retrying(listening, watched=False), way).status == "completed"
    assert sorted(listening.kinds()) == ["outage", "success"]


@every_way
def test_a_last_attempt_that_no_provider_served_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """The outcome of a run is that of its last try, and that one says nothing about the model."""
    server.answer(Failure(503))
    server.answer(BAD, Failure(503), provider="cerebras")
    assert ran(retrying(listening, watched=False), way).status == "error"
    assert set(listening.kinds()) == {"outage"}
    assert not listening.streaks()


@every_way
def test_a_run_that_is_cancelled_between_attempts_is_no_outcome(
    server: Loopback, listening: Listening, way: str
) -> None:
    """Who stops a run after its first attempt has not seen its outcome."""

    def cancel(run_context: Any) -> None:
        if server.asked:  # the second attempt begins
            cancel_run(run_context.run_id)

    server.answer(BAD)
    assert ran(retrying(listening, watched=False, pre_hooks=[cancel]), way).status == "cancelled"
    assert len(server.asked) == 1
    assert not listening.heard


def test_a_task_that_is_cancelled_between_tries_is_no_outcome(server: Loopback, listening: Listening) -> None:
    """The run has no result."""
    server.answer(BAD)
    agent = agent_of(listening, retries=2, delay_between_retries=30)

    async def cancel() -> None:
        task = asyncio.create_task(agent.arun("hello"))
        while not server.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert len(server.asked) == 1
    assert not listening.heard


@every_way
@every_watch
def test_an_answer_that_a_check_refuses_counts_once(
    server: Loopback, listening: Listening, way: str, *, watched: bool
) -> None:
    """A run whose attempts fail, and whose last answer a check refuses, is one strike for who watches it."""

    def refuse(run_output: RunOutput) -> None:
        raise OutputCheckError("bad", check_trigger=CheckTrigger.OUTPUT_NOT_ALLOWED)

    server.answer(BAD, Text("ok"))
    assert ran(retrying(listening, watched=watched, post_hooks=[refuse]), way).status == "error"
    assert listening.kinds() == (["task"] if watched else ["success"])


@every_way
def test_a_members_failures_in_a_teams_run_are_one_strike(server: Loopback, listening: Listening, way: str) -> None:
    """A leader that asks a member three times has been asked once itself."""
    server.answer(BAD)
    server.answer(ASK, ASK, ASK, Text("done"), model=REASONING)
    leader = listening.model("t", "orchestrator")
    team = Team(model=leader, members=[agent_of(listening, name="worker_a")], telemetry=False)
    for strikes in (1, 2):
        assert ran(team, way).content.endswith("done")
        assert listening.streaks()[WORKER].strikes == strikes
        server.answer(ASK, ASK, ASK, Text("done"), model=REASONING)


@every_way
def test_a_team_that_tries_again_is_one_strike_of_its_leader(server: Loopback, listening: Listening, way: str) -> None:
    """A team's attempts are those of one run, as an agent's are."""
    server.answer(BAD)
    team = Team(model=listening.model("t", "orchestrator"), members=[agent_of(listening)], telemetry=False, **RETRIES)
    assert ran(team, way).status == "error"
    assert listening.heard == [("orchestrator", "task", "reasoning")]
    assert len(server.asked) == 3


def test_a_cancellation_manager_of_the_application_stays_what_it_is(server: Loopback, listening: Listening) -> None:
    """The ends of runs are noticed with any manager, and each one does its own work."""

    class Own(InMemoryRunCancellationManager):
        cleaned: list[str]

        def cleanup_run(self, run_id: str) -> None:
            self.cleaned.append(run_id)
            super().cleanup_run(run_id)

    before = get_cancellation_manager()
    own = Own()
    own.cleaned = []
    set_cancellation_manager(own)
    try:
        server.answer(BAD)
        run = retrying(listening, watched=False).run("hello")
        assert listening.kinds() == ["task"]
        assert run.run_id in own.cleaned
        assert get_cancellation_manager() is own
        assert type(own).__name__ == "Own"
    finally:
        set_cancellation_manager(before)


def test_a_cancellation_manager_that_cannot_be_extended(
    server: Loopback, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try counts at once then, and a run is still one strike."""

    def refuse(kind: type) -> type:
        raise TypeError("object layout differs")

    before = get_cancellation_manager()
    monkeypatch.setattr(run_ends, "_reporting", refuse)
    set_cancellation_manager(InMemoryRunCancellationManager())
    try:
        server.answer(BAD)
        assert ran(retrying(listening, watched=False), "run").status == "error"
    finally:
        set_cancellation_manager(before)
    assert listening.kinds() == ["task"]


@pytest.mark.parametrize("known", [False, True])
def test_a_model_that_is_called_without_an_agent(server: Loopback, policy: Any, *, known: bool) -> None:
    """A run that agno does not know never ends: its failure counts at once, and a known one when all is closed."""
    server.answer(BAD)
    if known:
        get_cancellation_manager().register_run("stray")
    with Listening.open(policy) as resolver:
        model = resolver.model("t", "worker_a")
        with pytest.raises(Exception, match="Failed to generate JSON"):
            model.response([Message(role="user", content="hello")], run_response=RunOutput(run_id="stray"))
        assert bool(resolver.heard) is not known
    assert resolver.heard == [("worker_a", "task", "general")]
    get_cancellation_manager().cleanup_run("stray")


def test_a_childs_end_records_nothing_of_its_parents(server: Loopback, policy: Any) -> None:
    """A failure that waits when a process forks is the parent's to record."""
    server.answer(BAD)
    get_cancellation_manager().register_run("forked")
    with Listening.open(policy) as resolver:
        model = resolver.model("t", "worker_a")
        run = RunOutput(run_id="forked")
        with pytest.raises(Exception, match="Failed to generate JSON"):
            model.response([Message(role="user", content="hello")], run_response=run)
        run.status = RunStatus.error
        child = os.fork()
        if not child:
            resolver.close()
            os._exit(0 if not resolver.heard else 1)
        assert os.waitpid(child, 0)[1] == 0
        get_cancellation_manager().cleanup_run("forked")
        assert resolver.kinds() == ["task"]


@every_way
def test_a_members_refused_answers_in_a_teams_run_are_one_strike(
    server: Loopback, listening: Listening, way: str
) -> None:
    """It makes no difference whether the model failed or a check refused what it said."""

    def refuse(run_output: RunOutput) -> None:
        raise OutputCheckError("bad", check_trigger=CheckTrigger.OUTPUT_NOT_ALLOWED)

    server.answer(Text("ok"))
    server.answer(ASK, ASK, ASK, Text("done"), model=REASONING)
    member = agent_of(listening, name="worker_a", post_hooks=[refuse])
    team = Team(model=listening.model("t", "orchestrator"), members=[member], telemetry=False)
    listening.watch(member, "t", "worker_a")
    assert ran(team, way).content.endswith("done")
    assert listening.streaks()[WORKER].strikes == 1


def test_no_run_is_kept(server: Loopback, listening: Listening) -> None:
    """What is remembered of a team's run has none of its messages."""
    member = agent_of(listening, name="worker_a")
    leader = listening.model("t", "orchestrator")
    listening.watch(member, "t", "worker_a")
    for _ in range(3):
        server.answer(ASK, Text("done"), model=REASONING)
        Team(model=leader, members=[member], telemetry=False).run("hello")
    runs = leader.binding.host.runs  # type: ignore[attr-defined]
    assert [entry.held for entry in runs._seen.values() if entry.held is not None] == []


def test_runs_that_never_end_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a bound, the run that has waited longest counts as ended."""
    monkeypatch.setattr(run_ends, "_RUNS", 2)
    ended: list[str] = []

    def ends(run_id: str) -> Callable[[], None]:
        return lambda: ended.append(run_id)

    for run_id in ("one", "two", "three", "four"):
        get_cancellation_manager().register_run(run_id)
        run_ends.when_ended(run_id, ends(run_id))
    assert ended == ["one", "two"]
    get_cancellation_manager().cleanup_run("four")
    get_cancellation_manager().cleanup_run("three")
    get_cancellation_manager().cleanup_run("three")
    assert ended == ["one", "two", "four", "three"]
