"""Runs fall back from a provider that fails to the next one in the policy's order."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from examples.loopback import PROVIDERS, Failure, Loopback, Text
from resolver import Resolver
from resolver.agents import Providers
from tests.agents.agents import MODELS, WAYS, Listening, agent_of, asked, cooling, ordered, ran
from tests.agents.refusals import REFUSALS
from tests.agents.scripted import Scripted, Source

every_way = pytest.mark.parametrize("way", WAYS)
every_refusal = pytest.mark.parametrize("refusal", REFUSALS)
IMPATIENT = {provider: {"timeout": 0.15} for provider in ("cerebras", "groq", "gemini")}


@every_refusal
@every_way
def test_the_next_provider_serves(server: Loopback, policy: Path, refusal: str, way: str) -> None:
    """Whatever a provider fails with, the next one is asked for its own model id, until one serves."""
    answer, times = REFUSALS[refusal]
    server.answer(answer)
    server.answer(Text("it is done"), provider="openrouter")
    options = IMPATIENT if refusal == "slow" else None
    with Resolver.open(policy, providers=Providers.from_env(options=options)) as resolver:
        result = ran(agent_of(resolver), way)
    assert (result.content, result.status) == ("it is done", "completed")
    assert asked(server) == ["cerebras"] * times + ["groq"] * times + ["gemini"] * times + ["openrouter"]
    assert all(one.model == MODELS[one.provider] for one in server.asked)
    assert (result.output.model_provider, result.output.model) == ("openrouter", MODELS["openrouter"])


@every_refusal
def test_openrouter_fails_over_too(server: Loopback, policy: Path, refusal: str) -> None:
    """The provider that is usually last is no exception where it is first."""
    answer, times = REFUSALS[refusal]
    server.answer(answer, provider="openrouter")
    ordered(policy, "openrouter", "gemini")
    providers = Providers.from_env(options={"openrouter": {"timeout": 0.15}}) if refusal == "slow" else None
    with Resolver.open(policy, providers=providers) as resolver:
        result = ran(agent_of(resolver), "run")
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == ["openrouter"] * times + ["gemini"]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("status", [429, 401])
@pytest.mark.parametrize("way", ["run", "astream"])
def test_another_key_comes_before_another_provider(
    server: Loopback, policy: Path, provider: str, status: int, way: str
) -> None:
    """A key that is refused is the affair of its provider alone: its second key serves, and nothing has failed."""
    server.answer(Failure(status), provider=provider, times=1)
    ordered(policy, provider)
    with Listening.open(policy) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["success"]
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == [provider] * 2
    assert len({one.key for one in server.asked}) == 2


@every_way
def test_the_policy_says_in_which_order(server: Loopback, policy: Path, way: str) -> None:
    """`provider_order` is the order of the attempts."""
    server.answer(Failure(500))
    with Resolver.open(ordered(policy, "gemini", "openrouter", "groq", "cerebras")) as resolver:
        assert ran(agent_of(resolver), way).status == "error"
    assert asked(server) == ["gemini", "openrouter", "groq", "cerebras"]


@pytest.mark.parametrize("way", ["run", "astream"])
def test_without_a_free_key_nothing_is_sent(server: Loopback, policy: Path, way: str) -> None:
    """Keys that cool down in keycycle are not tried again: its NoAvailableKeyError leads to the next provider."""
    server.answer(Failure(429), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)
        counts = []
        for _ in range(3):
            before = server.count(provider="cerebras")
            assert ran(agent, way).content == "ok"
            counts.append(server.count(provider="cerebras") - before)
        assert counts == [2, 1, 0]
        assert resolver.kinds() == ["capacity", "success"] * 3
    assert server.count(provider="groq") == 3


def test_a_provider_without_its_sdk_is_left_out(
    server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An SDK that is not installed costs no request, and the error for all says so."""
    monkeypatch.setitem(sys.modules, "cerebras.cloud.sdk", None)
    for name in [name for name in sys.modules if name.startswith("agno.models.cerebras")]:
        monkeypatch.delitem(sys.modules, name)
    with Resolver.open(policy) as resolver:
        agent = agent_of(resolver)
        assert ran(agent, "run").content == "ok"
        server.answer(Failure(500))
        assert "cerebras" in ran(agent, "arun").error
    assert asked(server) == ["groq", "groq", "gemini", "openrouter"]


def test_an_sdk_that_is_missed_late_is_an_outage(policy: Path) -> None:
    """An ImportError while a model is made leads to the next provider."""
    source = Source(cerebras=ImportError("No module named 'cerebras'"), groq=Scripted())
    with Listening.open(policy, providers=source) as resolver:
        assert ran(agent_of(resolver), "run").content == "whole"
        assert resolver.kinds() == ["outage", "success"]


@every_way
def test_an_error_in_a_good_answer_is_one_all_the_same(server: Loopback, policy: Path, way: str) -> None:
    """OpenRouter passes on what others refuse with a status of 200."""
    refusal = json.dumps({"error": {"message": "Provider returned error", "code": 502}})
    body = f"data: {refusal}\n\n" if way.endswith("stream") else refusal
    server.answer(Failure(200, body=body), provider="openrouter")
    with Listening.open(ordered(policy, "openrouter", "gemini")) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
        assert resolver.kinds() == ["outage", "success"]
    assert asked(server) == ["openrouter", "gemini"]
