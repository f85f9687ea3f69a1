"""The real agno models and SDKs of four providers, over real HTTP, against the loopback."""

# ruff: noqa: PLC0415 - agno and the SDKs are optional, and take seconds to import

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from examples.loopback import (
    PROVIDERS,
    Asked,
    Broken,
    Dropped,
    Failure,
    Garbage,
    Loopback,
    Slow,
    Text,
    ToolCalls,
)

pytest.importorskip("agno", reason="the extra 'agents' is not installed")

MODES = ("sync", "async", "stream", "async stream")
KEY = "a-key-of-twenty-characters"
every_provider = pytest.mark.parametrize("provider", PROVIDERS)
every_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


def model_of(server: Loopback, provider: str, key: str, name: str) -> Any:
    variables = server.environment()
    if provider == "cerebras":
        from agno.models.cerebras import Cerebras

        return Cerebras(id=name, api_key=key, base_url=variables["CEREBRAS_BASE_URL"], max_retries=0)
    if provider == "groq":
        from agno.models.groq import Groq

        return Groq(id=name, api_key=key, base_url=variables["GROQ_BASE_URL"], client_params={"max_retries": 0})
    if provider == "openrouter":
        from agno.models.openrouter import OpenRouter

        url = variables["OPENROUTER_BASE_URL"]
        return OpenRouter(id=name, api_key=key, base_url=url, client_params={"max_retries": 0})
    from agno.models.google import Gemini

    options = {"http_options": {"base_url": variables["GOOGLE_GEMINI_BASE_URL"]}}
    return Gemini(id=name, api_key=key, client_params=options)


@contextmanager
def opened(server: Loopback, provider: str, key: str = KEY, name: str = "some-model") -> Iterator[Any]:
    """A model whose connections are closed afterwards, as an unclosed socket is an error here."""
    model = model_of(server, provider, key, name)
    try:
        yield model
    finally:
        if model.client is not None:
            model.client.close()


@asynccontextmanager
async def aopened(server: Loopback, provider: str) -> AsyncIterator[Any]:
    with opened(server, provider) as model:
        try:
            yield model
        finally:
            if provider == "gemini":
                await model.get_client().aio.aclose()
            elif model.async_client is not None:
                await model.async_client.close()


def content(server: Loopback, provider: str, mode: str, got: list[str], **more: Any) -> str:
    """All that an agent is told in one run, each piece of it put into `got` as it comes."""
    from agno.models.message import Message

    def messages() -> list[Message]:
        return [Message(role="system", content="be brief"), Message(role="user", content="hello")]

    async def run() -> None:
        async with aopened(server, provider) as model:
            if mode == "async":
                got.append((await model.aresponse(messages=messages(), **more)).content)
            else:
                async for response in model.aresponse_stream(messages=messages(), **more):
                    got.append(response.content or "")

    if mode.startswith("async"):
        asyncio.run(run())
    else:
        with opened(server, provider) as model:
            if mode == "sync":
                got.append(model.response(messages=messages(), **more).content)
            else:
                got.extend(response.content or "" for response in model.response_stream(messages=messages(), **more))
    return "".join(got)


def ask(server: Loopback, provider: str, mode: str = "sync") -> str:
    return content(server, provider, mode, [])


def post(server: Loopback, provider: str = "groq", key: str = KEY, name: str = "m") -> tuple[int, str]:
    """The status and message of an answer to a request by hand, for what no SDK is needed to see."""
    address = urlsplit(server.url)
    connection = HTTPConnection(address.hostname or "", address.port or 0, timeout=20)
    try:
        body = json.dumps({"model": name, "messages": []})
        path = f"/{provider}/v1/chat/completions"
        connection.request("POST", path, body, {"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        return response.status, answer["choices"][0]["message"]["content"] if response.status == 200 else ""
    finally:
        connection.close()


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


def test_answers_are_given_in_turn_and_the_last_for_ever(server: Loopback) -> None:
    server.answer(Failure(429), Text("a"), Text("b"))
    assert [post(server) for _ in range(4)] == [(429, ""), (200, "a"), (200, "b"), (200, "b")]


def test_the_script_given_last_goes_first_while_it_lasts(server: Loopback) -> None:
    server.answer(Text("always"))
    server.answer(Text("twice"), times=2)
    server.answer(Text("once"), times=1)
    assert [post(server)[1] for _ in range(4)] == ["once", "twice", "twice", "always"]


def test_a_script_applies_only_to_what_it_names(server: Loopback) -> None:
    server.answer(Text("provider"), provider="groq")
    server.answer(Text("key"), key="k2")
    server.answer(Text("model and key"), model="m2", key="k2")
    assert post(server, "openrouter", "k1", "m2")[1] == "ok"
    assert post(server, "groq", "k1", "m2")[1] == "provider"
    assert post(server, "groq", "k2", "m1")[1] == "key"
    assert post(server, "openrouter", "k2", "m2")[1] == "model and key"
    assert server.asked[0] == Asked("openrouter", "k1", "m2", stream=False, messages=[], tools=[])
    assert (server.count(), server.count(provider="groq"), server.count(key="k2", model="m2")) == (4, 2, 1)
    assert server.count(provider="gemini") == 0


def test_many_requests_at_once_are_all_recorded(server: Loopback) -> None:
    threads = [threading.Thread(target=post, args=(server,), kwargs={"key": f"k{at % 4}"}) for at in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [server.count(key=f"k{at}") for at in range(4)] == [10] * 4


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


def test_a_slow_answer_comes_after_its_wait(server: Loopback) -> None:
    server.answer(Slow(0.2, Text("late")))
    begun = time.monotonic()
    assert post(server) == (200, "late")
    assert time.monotonic() - begun >= 0.2


def test_closing_ends_slow_answers_idle_connections_and_every_thread() -> None:
    before = set(threading.enumerate())
    server = Loopback()
    address = urlsplit(server.url)
    idle = HTTPConnection(address.hostname or "", address.port or 0)
    idle.request("GET", "/cerebras/v1/tcp_warming")
    assert idle.getresponse().read() == b'"ok"'
    server.answer(Slow(600))
    ended: list[Exception] = []
    waiting = threading.Thread(target=collect, args=(lambda: post(server), ended))
    waiting.start()
    while not server.count():
        time.sleep(0.01)
    begun = time.monotonic()
    server.close()
    server.close()
    waiting.join()
    idle.close()
    assert time.monotonic() - begun < 5
    assert len(ended) == 1
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        post(server)


def collect(call: Callable[[], object], errors: list[Exception]) -> None:
    try:
        call()
    except Exception as error:
        errors.append(error)


def test_nothing_is_printed(server: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    for answer in (Text(), Failure(500), Dropped(), Broken(), Garbage()):
        server.answer(answer)
        collect(lambda: post(server), [])
    address = urlsplit(server.url)
    impatient = HTTPConnection(address.hostname or "", address.port or 0)
    server.answer(Slow(0.1))
    impatient.request("POST", "/groq/v1/chat/completions", json.dumps({"model": "m", "messages": []}))
    impatient.close()
    assert post(server) == (200, "ok")
    server.close()
    assert capfd.readouterr() == ("", "")
