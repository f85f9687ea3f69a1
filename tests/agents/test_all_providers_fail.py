"""Runs whose providers all fail end in one error that names the cause of each and no key."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path

import pytest
from agno.models.base import Model
from agno.models.message import Message

from examples.loopback import PROVIDERS, Failure, Loopback
from resolver import Resolver, ResolverError
from resolver.agents import NoProviderError
from resolver.agents.keycycle_import import keycycle
from tests.agents.agents import MODELS, WAYS, agent_of, ran

every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_all_out_is_one_error_that_names_each(server: Loopback, resolver: Resolver, way: str) -> None:
    """An agent whose providers are all out ends with one error, which has the cause of each."""
    for provider, status in zip(PROVIDERS, (500, 404, 429, 401), strict=True):
        server.answer(Failure(status, f"the trouble with {provider}"), provider=provider)
    result = ran(agent_of(resolver), way)
    assert result.status == "error"
    told = result.error
    for provider, kind in zip(PROVIDERS, ("outage", "not_found", "capacity", "auth"), strict=True):
        assert f"{provider} `{MODELS[provider]}`: {kind}, " in told
        assert told.count(f"the trouble with {provider}") == 1


@every_way
def test_all_out_is_raised_by_the_model(server: Loopback, resolver: Resolver, way: str) -> None:
    """The error is ours and keycycle's, for the provider "all", and says of each one why."""
    server.answer(Failure(500))
    with pytest.raises(ResolverError) as raised:
        called(resolver.model("t", "worker_a"), way)
    error = raised.value
    assert isinstance(error, NoProviderError)
    assert isinstance(error, keycycle().NoAvailableKeyError)
    assert error.provider == "all"
    assert [(one.provider, one.model_id) for one in error.failures] == list(MODELS.items())
    assert error.kinds == ("outage",) * 4


def test_the_error_for_all_can_be_pickled(server: Loopback, resolver: Resolver) -> None:
    """It crosses processes as what it is."""
    server.answer(Failure(500))
    with pytest.raises(NoProviderError) as raised:
        called(resolver.model("t", "worker_a"), "run")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is type(raised.value)
    assert (str(copy), copy.failures, copy.provider) == (str(raised.value), raised.value.failures, "all")


@pytest.mark.parametrize("status", [400, 401, 429])
def test_no_error_has_a_key_in_it(server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A provider that repeats the key which it refuses does not get it into our error or the history."""
    keys = {
        "cerebras": "csk-abcdefghijklmnopqrstuvwx",
        "groq": "gsk_abcdefghijklmnopqrstuvwxyz0123",
        "gemini": "AIzaSyAbcdefghijklmnopqrstuvwxyz01234567",
        "openrouter": "sk-or-v1-abcdefghijklmnopqrstuvwxyz",
    }
    for provider, key in keys.items():
        monkeypatch.setenv(f"NUM_{provider.upper()}", "1")
        monkeypatch.setenv(f"{provider.upper()}_API_KEY_1", key)
        server.answer(Failure(status, f"Incorrect API key provided: {key}. Get one."), provider=provider)
    with Resolver.open(policy) as resolver:
        told = ran(agent_of(resolver), "run").error
        assert told.count("***") == 4
        assert {one.key for one in server.asked} == set(keys.values())
        assert not [key for key in keys.values() if key in told or key in repr(resolver.history())]


def test_a_policy_that_nobody_serves_says_why(policy: Path) -> None:
    """Without any keys the error tells for each provider what to set."""
    with Resolver.open(policy) as resolver:
        told = ran(agent_of(resolver), "run").error
    assert all(f"or NUM_{provider.upper()} and" in told for provider in PROVIDERS)


def called(model: Model, way: str) -> None:
    """Call a model without an agent."""
    messages = [Message(role="user", content="hello")]

    async def call() -> None:
        if way == "arun":
            await model.aresponse(messages)
        else:
            async for _ in model.aresponse_stream(messages):
                pass

    if way == "run":
        model.response(messages)
    elif way == "stream":
        for _ in model.response_stream(messages):
            pass
    else:
        asyncio.run(call())
