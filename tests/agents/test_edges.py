"""What agno does beside calling a model: limits, pauses, caches, retries; and who is first at a new resolver."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from agno.agent import Agent
from agno.exceptions import StopAgentRun
from agno.models.message import Message
from agno.tools import tool

from examples.loopback import Broken, Failure, Loopback, Text, ToolCalls
from resolver import Resolver, Subject
from resolver.agents import Providers
from tests.agents.agents import WAYS, Listening, agent_of, asked, ran


def test_a_resolver_has_one_host(server: Loopback, policy: Path) -> None:
    """However many threads ask a new resolver for a model first, cool-downs and keys belong to it alone."""
    with Resolver.open(policy) as resolver:
        barrier, hosts = threading.Barrier(8), []

        def ask() -> None:
            barrier.wait()
            hosts.append(resolver.model("layout", "worker_a").binding.host)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({id(host) for host in hosts}) == 1


def test_a_fork_while_another_thread_observes(resolver: Resolver) -> None:
    """The child's turns are recorded: no lock of the parent's is held there for ever."""
    model = resolver.model("layout", "worker_a")
    runs = model.binding.host.runs  # type: ignore[attr-defined]
    with runs._lock:
        child = os.fork()
        if not child:
            turn = model.binding.turn()
            turn.run_ids = ("1",)
            os._exit(0 if runs.observe(turn) is False else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("provider", ["groq", "gemini", "openrouter"])
def test_a_stream_that_has_said_something_is_not_tried_again(
    server: Loopback, policy: Path, provider: str, way: str
) -> None:
    """Agno's own `retries` begin a stream anew only if nothing of it was seen."""
    server.answer(Broken("one two three", after=1), provider=provider)
    with Resolver.open(policy, providers=Providers.from_env([provider])) as resolver:
        agent = agent_of(resolver)
        assert agent.model is not None
        agent.model.retries = 1
        result = ran(agent, way)
    assert result.content.split() == ["one"]
    assert asked(server) == [provider]


def test_a_call_beyond_the_limit_is_no_failure(listening: Listening, server: Loopback) -> None:
    """Agno refuses it, and the tool has done what it could."""
    server.answer(ToolCalls((("plan", {}),)), ToolCalls((("plan", {}),)), Text("done"))
    assert ran(agent_of(listening, tools=[plan], tool_call_limit=1), "run").content == "done"
    assert listening.kinds() == ["success"]


def test_a_tool_that_ends_the_run_has_not_failed(listening: Listening, server: Loopback) -> None:
    """It is how a tool says that all is done; one that always ends the run can fail as any other."""

    def finish() -> str:
        raise StopAgentRun("all is done")

    @tool(stop_after_tool_call=True)
    def deliver() -> str:
        raise ValueError("nobody at home")

    server.answer(ToolCalls((("finish", {}),)), times=1)
    ran(agent_of(listening, tools=[finish]), "run")
    server.answer(ToolCalls((("deliver", {}),)), times=1)
    ran(agent_of(listening, tools=[deliver]), "run")
    assert listening.kinds() == ["success", "tool"]


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_call_that_a_person_must_confirm(listening: Listening, server: Loopback, *, confirmed: bool) -> None:
    """The pause is no outcome; a tool that then fails is a failure, and one that was refused is not."""

    @tool(requires_confirmation=True)
    def send() -> str:
        raise ValueError("nobody at home")

    server.answer(ToolCalls((("send", {}),)), Text("as you like"))
    agent = agent_of(listening, tools=[send])
    run = agent.run("send it")
    assert run.is_paused
    assert listening.kinds() == []
    for requirement in run.requirements or []:
        (requirement.confirm if confirmed else requirement.reject)()  # type: ignore[no-untyped-call]
    run = agent.continue_run(run_response=run)
    assert run.content == "as you like"
    assert listening.kinds() == ["tool" if confirmed else "success"]


def test_an_answer_from_the_cache_is_no_outcome(listening: Listening, server: Loopback, tmp_path: Path) -> None:
    """Nobody was asked, so nothing was learned."""
    for _ in range(3):
        agent = agent_of(listening)
        agent.model.cache_response, agent.model.cache_dir = True, str(tmp_path / "cache")  # type: ignore[union-attr]
        assert ran(agent, "run", "the same").content == "ok"
    assert (len(server.asked), listening.kinds()) == (1, ["success"])


@pytest.mark.parametrize("way", WAYS)
def test_a_tool_whose_own_stream_breaks_does_not_count(listening: Listening, server: Loopback, way: str) -> None:
    """The tool's model has lost its provider; the model that called the tool has done nothing wrong."""

    def write() -> str:
        pieces = listening.model("t", "code_execution").response_stream([Message(role="user", content="code")])
        return "".join(str(piece.content) for piece in pieces if piece.content)

    server.answer(Broken("one two three", after=1), model="zai-glm-4.7")
    server.answer(ToolCalls((("write", {}),)), Text("sorry"), model="llama-3.3-70b")
    ran(agent_of(listening, tools=[write]), way)
    assert listening.kinds() == ["success"]


def test_options_of_a_client_come_beside_ours(server: Loopback, policy: Path) -> None:
    """A time-out of one's own does not make an SDK ask the same key three times."""
    options = {"groq": {"client_params": {"timeout": 5.0}}}
    server.answer(Failure(500), provider="groq")
    with Resolver.open(policy, providers=Providers.from_env(["groq"], options=options)) as resolver:
        ran(agent_of(resolver), "run")
    assert asked(server) == ["groq"]


def plan() -> str:
    """Make a plan."""
    return "a plan"


def test_an_agent_of_a_role_with_odd_names(listening: Listening, policy: Path) -> None:
    """Names are what they are: unicode, spaces, the empty one."""
    for triad, role in (("", "rôle"), ("a:b", "日本"), ("t ", " ")):
        agent = Agent(model=listening.model(triad, role), telemetry=False)
        assert agent.run("hello").content == "ok"
        assert agent.model is not None
        assert agent.model.name == str(Subject(triad, role))
    assert listening.kinds() == ["success"] * 3
