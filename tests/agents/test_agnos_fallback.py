"""Agno's own `fallback_models` are never used: its errors come only after each provider was asked."""

from __future__ import annotations

import pickle
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from agno.exceptions import RetryableModelProviderError
from agno.models.fallback import call_model_with_fallback
from agno.models.message import Message
from agno.models.openai import OpenAIChat

from examples.loopback import PROVIDERS, Answer, Dropped, Failure, Filtered, Loopback, Nothing, Text
from resolver import Resolver
from resolver.agents import NoProviderError
from tests.agents.agents import WAYS, agent_of, ran
from tests.agents.scripted import Scripted, Source

every_way = pytest.mark.parametrize("way", WAYS)
FAILURES: dict[str, Answer] = {
    "too long": Failure(400, "maximum context length exceeded", "context_length_exceeded"),
    "no JSON": Failure(400, "Failed to generate JSON", "json_validate_failed"),
    "no tool": Failure(400, "Failed to call a function", "tool_use_failed"),
    "rate limit": Failure(429),
    "out": Failure(503),
    "dropped": Dropped(),
    "wrong key": Failure(401),
    "nothing said": Nothing(),
    "filtered": Filtered(),
}


@pytest.mark.parametrize("way", ["run", "astream"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("provider", [None, *PROVIDERS])
def test_a_fallback_model_is_not_asked(
    server: Loopback, resolver: Resolver, failure: Answer, provider: str | None, way: str
) -> None:
    """Whether one provider or each fails, and however, it is never the application's fallback model that answers."""
    server.answer(Failure(503))
    server.answer(failure, provider=provider)
    server.answer(Text("from the fallback"), provider="openai")
    fallback = OpenAIChat(id="mine", api_key="a-key", base_url=server.base_url("openai"), max_retries=0)
    assert ran(agent_of(resolver, fallback_models=[fallback]), way).status == "error"
    assert "openai" not in {asked.provider for asked in server.asked}


@every_way
def test_a_model_that_no_advice_helps_asks_no_fallback(
    policy: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """An error that agno's own loop raises has a status for which agno would ask its fallback models."""
    advice = RetryableModelProviderError(original_error="a malformed call", retry_guidance_message="call it well")
    server.answer(Text("from the fallback"), provider="openai")
    fallback = OpenAIChat(id="mine", api_key="a-key", base_url=server.base_url("openai"), max_retries=0)
    with Resolver.open(policy, providers=Source(cerebras=Scripted(advice))) as resolver:
        result = ran(agent_of(resolver, fallback_models=[fallback]), way)
    assert "Max retries with guidance" in result.error
    assert not server.asked


@pytest.mark.skipif(
    "recover_from_overflow" not in signature(call_model_with_fallback).parameters,
    reason="an older agno compacts nothing",
)
def test_agno_may_shorten_what_is_too_long_for_all(server: Loopback, resolver: Resolver) -> None:
    """An agent that compacts its context does so when no provider takes the messages, and is asked again."""
    server.answer(FAILURES["too long"], times=4)
    model, shortened = resolver.model("t", "worker_a"), []

    def shorten() -> bool:
        shortened.append(True)
        return True

    messages = [Message(role="user", content="hello")]
    answer: Any = call_model_with_fallback(model, None, recover_from_overflow=shorten, messages=messages)
    assert (answer.content, shortened) == ("ok", [True])


def test_the_error_for_too_long_can_be_pickled(server: Loopback, resolver: Resolver) -> None:
    """It crosses processes as what it is."""
    server.answer(FAILURES["too long"])
    with pytest.raises(NoProviderError) as raised:
        resolver.model("t", "worker_a").response([Message(role="user", content="hello")])
    copied = pickle.loads(pickle.dumps(raised.value))
    assert type(copied) is type(raised.value)
    assert (str(copied), copied.failures, copied.kinds) == (str(raised.value), raised.value.failures, ("context",) * 4)
