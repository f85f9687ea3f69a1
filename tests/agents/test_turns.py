"""Each completed turn of an agent records one outcome; cancelled turns and calls outside a run record none."""

from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path
from typing import Any

import pytest
from agno.db.in_memory import InMemoryDb
from agno.models.message import Message

from examples.loopback import Failure, Loopback, Slow, Text
from resolver import Resolver, ResolverError
from resolver.state import FileStore
from tests.agents.agents import GENERAL, WAYS, Listening, agent_of, asked, ran
from tests.agents.halving import calls, half

every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_a_turn_is_one_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """However often the model is called in a turn, it is recorded once, with the tier that it ran on."""
    server.answer(*calls(4, 2))
    assert ran(agent_of(listening, tools=[half]), way).content.endswith("that is it")
    assert len(server.asked) == 3
    assert listening.heard == [("worker_a", "success", "general")]


@every_way
def test_a_call_without_a_run_is_no_turn(server: Loopback, listening: Listening, way: str) -> None:
    """Whoever calls the model by itself falls over like others, and records nothing."""
    model, messages = listening.model("t", "worker_a"), [Message(role="user", content="hello")]
    server.answer(Failure(500), provider="cerebras")

    async def call() -> str:
        if way == "arun":
            return str((await model.aresponse(messages)).content)
        return "".join([one.content or "" async for one in model.aresponse_stream(messages)])

    if way == "run":
        content = model.response(messages).content
    elif way == "stream":
        content = "".join(one.content or "" for one in model.response_stream(messages))
    else:
        content = asyncio.run(call())
    assert content == "ok"
    assert asked(server) == ["cerebras", "groq"]
    assert not listening.heard


@every_way
def test_memory_and_summaries_are_no_turns(server: Loopback, listening: Listening, way: str) -> None:
    """What agno asks its model beside the run is not recorded."""
    more: dict[str, Any] = {"db": InMemoryDb(), "update_memory_on_run": True, "enable_session_summaries": True}  # type: ignore[no-untyped-call]
    agent = agent_of(listening, user_id="u", session_id="s", **more)
    assert ran(agent, way).content == "ok"
    assert len(server.asked) > 1
    assert {one.model for one in server.asked} == {GENERAL}
    assert listening.heard == [("worker_a", "success", "general")]


@pytest.mark.parametrize("way", ["arun", "astream"])
def test_a_cancelled_turn_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """A task that is cancelled while the provider thinks says nothing about anyone."""
    server.answer(Slow(30))

    async def cancel() -> None:
        agent = agent_of(listening)

        async def turn() -> None:
            if way == "arun":
                await agent.arun("hello")
            else:
                async for _ in agent.arun("hello", stream=True):
                    pass

        task = asyncio.create_task(turn())
        while not server.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not listening.heard
    assert not listening.streaks()
    assert asked(server) == ["cerebras"]


@pytest.mark.parametrize("way", ["run", "stream"])
def test_an_interrupt_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """Ctrl-C while a tool runs says nothing about anyone."""

    def half(number: int) -> str:
        """Halve an even number."""
        raise KeyboardInterrupt

    server.answer(*calls(4))
    assert ran(agent_of(listening, tools=[half]), way).status == "cancelled"
    assert len(server.asked) == 1
    assert not listening.heard


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_nobody_reads_on_is_no_outcome(server: Loopback, listening: Listening, way: str) -> None:
    """Whoever closes a stream early has not judged it."""
    server.answer(Text("one two three"))
    agent = agent_of(listening)

    async def leave() -> None:
        events: Any = agent.arun("hello", stream=True)
        async for event in events:
            if event.content:
                break
        await events.aclose()

    if way == "stream":
        events: Any = agent.run("hello", stream=True)
        assert next(event.content for event in events if event.content) == "one "
        events.close()
    else:
        asyncio.run(leave())
    gc.collect()
    assert not listening.heard


@every_way
@pytest.mark.parametrize("error", [ResolverError("the lock is taken"), OSError(28, "No space left on device")])
def test_a_store_error_is_one_line_and_breaks_nothing(
    server: Loopback,
    listening: Listening,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    way: str,
) -> None:
    """The turn's answer comes all the same, and what could not be written is said once."""

    def record(*_: object) -> None:
        raise error

    server.answer(Failure(500), provider="cerebras")
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.DEBUG, "resolver"):
        patch.setattr(FileStore, "record", record)
        assert ran(agent_of(listening), way).content == "ok"
        with pytest.raises(type(error)):
            listening.record_failure("t", "worker_a", ran_on=listening.resolve("t", "worker_a"))
    outage, line = [record for record in caplog.records if record.name == "resolver"]
    assert (outage.levelno, line.levelno) == (logging.WARNING, logging.ERROR)
    assert "`t:worker_a`" in line.getMessage()
    assert str(error) in line.getMessage()


def test_a_read_only_policy_says_once_that_it_learns_nothing(
    server: Loopback, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The shipped policy runs agents; that it cannot learn is one warning."""
    monkeypatch.chdir(tmp_path)
    with Resolver.open() as resolver:
        server.answer(*calls(3))
        for role in ("worker_a", "worker_b", "worker_a"):
            assert ran(agent_of(resolver, role, tools=[half]), "run").status == "completed"
    [line] = [record for record in caplog.records if record.name == "resolver"]
    assert line.levelno == logging.WARNING
    assert "read-only" in line.getMessage()
