"""A model that follows a policy, as agno shows and stores it."""

from __future__ import annotations

from pathlib import Path

import pytest
from agno.agent import Agent
from agno.registry import Registry
from agno.team import Team

from examples.loopback import Failure, Loopback
from resolver import Resolver
from tests.agents.agents import FAST, GENERAL, MODELS, REASONING, agent_of, ran
from tests.agents.scripted import Scripted, Source


def shown(resolver: Resolver) -> tuple[str, str]:
    """Return the provider and the id that the model of an agent has now."""
    model = resolver.model("t", "worker_a")
    return model.provider, model.id


def test_a_model_is_the_one_that_would_be_tried_first(server: Loopback, resolver: Resolver) -> None:
    """It follows the tier in force, and the phase."""
    assert shown(resolver) == ("cerebras", GENERAL)
    with resolver.in_phase("execution"):
        assert shown(resolver) == ("cerebras", FAST)
    for _ in range(3):
        resolver.record_failure("t", "worker_a")
    assert shown(resolver) == ("cerebras", REASONING)


def test_a_provider_without_a_key_is_not_shown(server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would not be tried; that is known before its SDK is imported, and after."""
    monkeypatch.delenv("NUM_CEREBRAS")
    with Resolver.open(policy) as resolver:
        assert shown(resolver) == ("groq", MODELS["groq"])
        assert ran(agent_of(resolver), "run").output.model_provider == "groq"
        assert shown(resolver) == ("groq", MODELS["groq"])


def test_a_provider_that_cools_down_is_not_shown(server: Loopback, resolver: Resolver) -> None:
    """The events of a run after a failure name the provider that is asked first then."""
    server.answer(Failure(503), provider="cerebras")
    assert shown(resolver) == ("cerebras", GENERAL)
    agent = agent_of(resolver)
    assert ran(agent, "run").content == "ok"
    assert shown(resolver) == ("groq", MODELS["groq"])
    events = list(agent.run("hello", stream=True, stream_events=True))
    assert {getattr(event, "model_provider", None) for event in events} - {None} == {"groq"}


def test_the_order_of_a_source_is_shown(policy: Path) -> None:
    """An application's own source says which of its providers is first."""
    with Resolver.open(policy, providers=Source(openrouter=Scripted(), groq=Scripted())) as resolver:
        assert shown(resolver) == ("openrouter", MODELS["openrouter"])


def test_a_source_that_raises_breaks_no_look_at_a_model(policy: Path) -> None:
    """An id is looked at by logs and pages, which must not fail; the call shows the error."""

    class Broken(Source):
        @property
        def available_providers(self) -> list[str]:
            raise ConnectionError("no list of providers")

    with Resolver.open(policy, providers=Broken()) as resolver:
        assert shown(resolver) == ("cerebras", GENERAL)
        assert "no list of providers" in ran(agent_of(resolver), "run").error


@pytest.mark.parametrize("registered", [False, True])
def test_a_stored_agent_is_not_given_another_model(resolver: Resolver, *, registered: bool) -> None:
    """Agno would make a plain model of the provider; it refuses, and says what to do."""
    model = resolver.model("layout", "worker_a")
    registry = Registry(models=[model]) if registered else None
    agent = Agent(name="worker_a", model=model, telemetry=False)
    team = Team(name="team", model=resolver.model("layout", "lead"), members=[], telemetry=False)
    for stored in (agent, team):
        with pytest.raises(ValueError, match=r"put `resolver\.model\(triad, role\)` in place of the stored `model`"):
            type(stored).from_dict(stored.to_dict(), registry=registry)


def test_a_stored_agent_takes_its_model_again(server: Loopback, resolver: Resolver) -> None:
    """What the error says works."""
    stored = agent_of(resolver, name="worker_a").to_dict()
    agent = Agent.from_dict({**stored, "model": resolver.model("t", "worker_a")})
    assert (agent.name, ran(agent, "run").content) == ("worker_a", "ok")
