"""Streams fall back to another provider or key only before their first word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examples.loopback import PROVIDERS, Broken, Failure, Loopback
from resolver import Resolver
from tests.agents.agents import WAYS, Listening, agent_of, asked, ordered, ran

every_way = pytest.mark.parametrize("way", WAYS)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_has_yielded_is_not_restarted(server: Loopback, policy: Path, provider: str, way: str) -> None:
    """What has gone out is not said again by another provider: the run is an error, and counts against nobody."""
    server.answer(Broken("one two three", after=2), provider=provider)
    with Listening.open(ordered(policy, provider)) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["outage"]
        assert not resolver.streaks()
        assert ran(agent_of(resolver), way).content == "ok", "the provider cools down"
    assert (result.content, result.status) == ("one two ", "error")
    assert asked(server)[:1] == [provider]
    assert len(server.asked) == 2


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("code", [429, 401])
def test_a_stream_that_has_yielded_is_not_restarted_with_another_key(
    server: Loopback, policy: Path, provider: str, way: str, code: int
) -> None:
    """Nor does keycycle begin it anew when a key is refused in the middle of it."""
    words: dict[str, Any] = {
        "object": "chat.completion.chunk",
        "id": "chat-1",
        "created": 1,
        "model": "m",
        "system_fingerprint": "fp",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": "one "}, "finish_reason": None}],
    }
    if provider == "gemini":
        words = {"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": "one "}]}}]}
    refusal = {"error": {"message": "Rate limit exceeded" if code == 429 else "Invalid API key", "code": code}}
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in (words, refusal))
    server.answer(Failure(200, body=body), provider=provider)
    with Listening.open(ordered(policy, provider)) as resolver:
        result = ran(agent_of(resolver), way)
        assert len(resolver.heard) == 1
        assert not resolver.streaks()
    assert (result.content, result.status) == ("one ", "error")
    assert asked(server) == [provider]


@every_way
def test_a_stream_that_has_said_nothing_goes_on_elsewhere(server: Loopback, resolver: Resolver, way: str) -> None:
    """An answer that breaks off before its first word is no answer yet."""
    server.answer(Broken("one two three", after=0), provider="cerebras")
    server.answer(Broken("one two three", after=0), provider="groq")
    result = ran(agent_of(resolver), way)
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == ["cerebras", "groq", "gemini"]
