"""What the tests of running agents share: the four ways to run one, and a resolver that writes down what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agno.agent import Agent
from agno.team import Team

from examples.loopback import Loopback
from resolver import Resolver
from resolver.domain import Decision, Outcome, Subject

WAYS = ("run", "arun", "stream", "astream")
MODELS = {
    "cerebras": "llama-3.3-70b",
    "groq": "llama-3.3-70b-versatile",
    "gemini": "gemini-2.5-flash-lite",
    "openrouter": "meta-llama/llama-3.3-70b-instruct:free",
}
"""The shipped policy's tier `general`, on which `worker_a` and roles that are not listed run."""
REASONING, GENERAL, FAST = "qwen-3-235b-a22b-instruct-2507", "llama-3.3-70b", "zai-glm-4.7"
"""The tiers' models at cerebras, which is the first to be asked."""


@dataclass(frozen=True)
class Ran:
    """How a run ended: the text that it gave, its status, the error if it was one, and what agno returns at the end.

    A stream gives its text piece by piece, and returns nothing but an event if it ends in an error.
    """

    content: str
    status: str
    error: str
    output: Any


def ran(agent: Agent | Team, way: str, message: str = "hello") -> Ran:
    """Run an agent or a team in one of the four ways."""
    if way == "run":
        return _whole(agent.run(message))
    if way == "stream":
        return _streamed(agent.run(message, stream=True, yield_run_output=True))
    return asyncio.run(aran(agent, way, message))


async def aran(agent: Agent | Team, way: str, message: str = "hello") -> Ran:
    """Run an agent or a team on this event loop."""
    if way == "arun":
        return _whole(await agent.arun(message))
    events = agent.arun(message, stream=True, yield_run_output=True)
    return _streamed([event async for event in events])


def _whole(output: Any) -> Ran:
    status = output.status.value.lower()
    failed = status == "error"
    return Ran("" if failed else str(output.content), status, str(output.content) if failed else "", output)


def _streamed(events: Iterable[Any]) -> Ran:
    pieces, end = "", None
    for event in events:
        match type(event).__name__:
            case "RunContentEvent":  # agno has two of this name, for agents and for teams
                pieces += str(event.content or "")  # with a schema, a stream ends with its value
            case "RunErrorEvent" | "RunOutput" | "TeamRunOutput":  # the last one: a team passes its members' errors on
                end = event
    assert end is not None, "a stream came to no end"
    if type(end).__name__ == "RunErrorEvent":
        return Ran(pieces, "error", str(end.content), end)
    return Ran(pieces, end.status.value.lower(), "", end)


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


def agent_of(resolver: Resolver, role: str = "worker_a", triad: str = "t", **more: Any) -> Agent:
    """An agent that runs on the model of a role."""
    return Agent(model=resolver.model(triad, role), telemetry=False, **more)


class Listening(Resolver):
    """A resolver that writes down each outcome it is told, as role, kind or "success", and tier that it ran on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard: list[tuple[str, str, str]] = []

    def record_failure(
        self, triad: str, role: str, *, kind: str | None = None, ran_on: Decision | None = None, **more: Any
    ) -> Outcome:
        self._hear(role, str(kind), ran_on)
        return super().record_failure(triad, role, kind=kind, ran_on=ran_on, **more)

    def record_success(self, triad: str, role: str, *, ran_on: Decision | None = None, **more: Any) -> Outcome:
        self._hear(role, "success", ran_on)
        return super().record_success(triad, role, ran_on=ran_on, **more)

    def kinds(self) -> list[str]:
        """What was heard, without roles and tiers."""
        return [kind for _, kind, _ in self.heard]

    def _hear(self, role: str, what: str, ran_on: Decision | None) -> None:
        assert ran_on is not None, "every outcome of a model tells what it ran on"
        self.heard.append((role, what, ran_on.tier))


def asked(server: Loopback) -> list[str]:
    """The providers that were asked, in order."""
    return [one.provider for one in server.asked]


def strikes(resolver: Resolver, role: str = "worker_a") -> int:
    """Return the strikes of a role in the triad `layout`."""
    streak = resolver.streaks().get(Subject("layout", role))
    return streak.strikes if streak else 0


def edited(policy: Path, *changes: tuple[str, str]) -> Path:
    """The policy with each text, which it must contain, replaced by another."""
    path = policy / "model_tiers.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return policy


def ordered(policy: Path, *providers: str) -> Path:
    """The policy with its providers in this order."""
    return edited(policy, ("[cerebras, groq, gemini, openrouter]", f"[{', '.join(providers)}]"))


def cooling(policy: Path, seconds: float) -> Path:
    """The policy with another cool-down."""
    return edited(policy, ("  ladder:", f"  cool_down: {seconds}\n  ladder:"))
