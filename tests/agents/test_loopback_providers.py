"""Models of four providers, with their own SDKs, take the loopback server for their provider."""

# ruff: noqa: PLC0415 - agno and the SDKs are optional, and take seconds to import

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from examples.loopback import PROVIDERS, Broken, Dropped, Failure, Garbage, Loopback, Text, ToolCalls
from tests.agents.loopback_calls import KEY, MODES, aopened, ask, content, opened

pytest.importorskip("agno", reason="the extra 'agents' is not installed")

every_provider = pytest.mark.parametrize("provider", PROVIDERS)
every_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@every_provider
@every_mode
def test_a_text_arrives(server: Loopback, provider: str, mode: str) -> None:
    server.answer(Text("one two three"), provider=provider)
    assert ask(server, provider, mode) == "one two three"
    [asked] = server.asked
    assert (asked.provider, asked.key, asked.model, asked.tools) == (provider, KEY, "some-model", [])
    assert asked.stream == mode.endswith("stream")
    assert "be brief" in json.dumps(asked.messages[0])
    assert "hello" in json.dumps(asked.messages[-1])


@every_provider
@pytest.mark.parametrize("mode", ["stream", "async stream"])
def test_a_stream_comes_in_the_chunks_asked_for(server: Loopback, provider: str, mode: str) -> None:
    server.answer(Text("abc", chunks=("a", "bc")))
    got: list[str] = []
    content(server, provider, mode, got)
    assert [piece for piece in got if piece] == ["a", "bc"]


@every_provider
@every_mode
def test_a_tool_is_called_and_its_result_sent_back(server: Loopback, provider: str, mode: str) -> None:
    from agno.agent import Agent
    from agno.run.base import RunStatus

    towns: list[str] = []

    def weather(town: str) -> str:
        """Tell the weather."""
        towns.append(town)
        return "hail"

    server.answer(ToolCalls((("weather", {"town": "Oslo"}), ("weather", {"town": "Rome"}))), Text("it hails"))

    def agent(model: Any) -> Agent:
        return Agent(model=model, tools=[weather], telemetry=False)

    async def arun() -> str:
        async with aopened(server, provider) as model:
            if mode == "async":
                output = await agent(model).arun("weather?")
                assert output.status == RunStatus.completed
                return str(output.content)
            return "".join([event.content or "" async for event in agent(model).arun("weather?", stream=True)])

    def run() -> str:
        with opened(server, provider) as model:
            if mode == "sync":
                output = agent(model).run("weather?")
                assert output.status == RunStatus.completed
                assert output.metrics is not None
                assert (output.metrics.input_tokens, output.metrics.output_tokens) == (14, 6)
                return str(output.content)
            return "".join([event.content or "" for event in agent(model).run("weather?", stream=True)])

    assert (asyncio.run(arun()) if mode.startswith("async") else run()).endswith("it hails")
    assert sorted(towns) == ["Oslo", "Rome"]
    assert [asked.tools for asked in server.asked] == [["weather"], ["weather"]]
    assert "hail" not in json.dumps(server.asked[0].messages)
    assert json.dumps(server.asked[1].messages).count('"hail"') == 2


@every_provider
@every_mode
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_failure_is_raised_with_its_status(server: Loopback, provider: str, mode: str, status: int) -> None:
    server.answer(Failure(status, "not today"))
    with pytest.raises(Exception, match="not today") as raised:
        ask(server, provider, mode)
    assert getattr(raised.value, "status_code", None) == status
    assert server.count() == 1


@every_provider
def test_an_agent_reports_a_failure(server: Loopback, provider: str) -> None:
    from agno.agent import Agent
    from agno.run.base import RunStatus

    server.answer(Failure(503, "not today"))
    with opened(server, provider) as model:
        output = Agent(model=model, telemetry=False).run("hello")
    assert output.status == RunStatus.error
    assert "not today" in str(output.content)


@every_provider
@every_mode
def test_a_dropped_connection_is_an_error(server: Loopback, provider: str, mode: str) -> None:
    server.answer(Dropped())
    with pytest.raises(Exception, match=r"Connection error|disconnected"):
        ask(server, provider, mode)
    assert server.count() == 1


@every_provider
@every_mode
def test_a_broken_answer_is_an_error_after_what_came(server: Loopback, provider: str, mode: str) -> None:
    server.answer(Broken("one two three", after=2))
    got: list[str] = []
    with pytest.raises(Exception, match=r"Connection error|closed connection"):
        content(server, provider, mode, got)
    assert "".join(got) == ("one two " if mode.endswith("stream") else "")


@every_provider
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_garbage_is_an_error(server: Loopback, provider: str, mode: str) -> None:
    server.answer(Garbage())
    with pytest.raises(Exception, match=r"no attribute 'choices'|Expecting value"):
        ask(server, provider, mode)


@pytest.mark.parametrize("provider", ["cerebras", "groq", "openrouter"])
def test_garbage_is_an_empty_stream_to_most_sdks(server: Loopback, provider: str) -> None:
    server.answer(Garbage())
    assert ask(server, provider, "stream") == ""


def test_retry_after_is_sent_only_when_given(server: Loopback) -> None:
    from groq import RateLimitError

    server.answer(Failure(429), Failure(429, retry_after=7, body={"error": "own"}))
    for wanted in (None, "7"):
        with opened(server, "groq") as model, pytest.raises(RateLimitError) as raised:
            model.get_client().chat.completions.create(model="m", messages=[])
        assert raised.value.response.headers.get("Retry-After") == wanted
    assert raised.value.body == {"error": "own"}


def test_the_environment_sends_every_sdk_here(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    from cerebras.cloud.sdk import Cerebras
    from google.genai import Client
    from groq import Groq

    variables = server.environment(keys=2)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    key = {provider: variables[f"{provider.upper()}_API_KEY_2"] for provider in PROVIDERS}
    assert all(variables[f"NUM_{provider.upper()}"] == "2" and len(key[provider]) >= 20 for provider in PROVIDERS)
    with Cerebras(api_key=key["cerebras"]) as cerebras, Groq(api_key=key["groq"]) as groq:
        cerebras.chat.completions.create(model="m", messages=[])
        groq.chat.completions.create(model="m", messages=[])
    with Client(api_key=key["gemini"]) as gemini:
        assert gemini.models.generate_content(model="m", contents="hello").text == "ok"
    for provider in ("cerebras", "groq", "gemini"):
        assert server.count(provider=provider, key=key[provider], model="m") == 1
