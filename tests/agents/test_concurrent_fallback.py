"""Concurrent runs of one agent fall back each with its own models and messages."""

from __future__ import annotations

import asyncio
import contextvars
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from examples.loopback import Failure, Loopback
from tests.agents.agents import MODELS, Listening, agent_of, aran, cooling, ran

PHASES = {None: MODELS, "execution": {"cerebras": "zai-glm-4.7", "groq": "openai/gpt-oss-120b"}}


def test_threads_do_not_mix_up(server: Loopback, policy: Path) -> None:
    """Sixteen turns of one model at once, in two phases: each falls over with its own model ids and messages."""
    server.answer(Failure(503), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)

        def turn(number: int) -> str:
            with resolver.in_phase("execution" if number % 2 else None):
                return ran(agent, "run" if number % 4 < 2 else "stream", f"number {number}.").content

        with ThreadPoolExecutor(16) as threads:
            futures = [threads.submit(contextvars.Context().run, turn, number) for number in range(16)]
            assert [future.result() for future in futures] == ["ok"] * 16
        _check_each_kept_to_itself(server)
        assert sorted(resolver.kinds()) == ["outage"] * 16 + ["success"] * 16


def test_tasks_do_not_mix_up(server: Loopback, policy: Path) -> None:
    """The same in sixteen tasks of one event loop."""
    server.answer(Failure(503), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)

        async def turn(number: int) -> str:
            with resolver.in_phase("execution" if number % 2 else None):
                return (await aran(agent, "arun" if number % 4 < 2 else "astream", f"number {number}.")).content

        async def turns_at_once() -> list[str]:
            return await asyncio.gather(*[turn(number) for number in range(16)])

        assert asyncio.run(turns_at_once()) == ["ok"] * 16
        _check_each_kept_to_itself(server)
        assert sorted(resolver.kinds()) == ["outage"] * 16 + ["success"] * 16


def _check_each_kept_to_itself(server: Loopback) -> None:
    for number in range(16):
        own = [one for one in server.asked if f"number {number}." in json.dumps(one.messages)]
        models = PHASES["execution" if number % 2 else None]
        assert [(one.provider, one.model) for one in own] == [(name, models[name]) for name in ("cerebras", "groq")]
        assert all(one.key.startswith(one.provider) for one in own)
