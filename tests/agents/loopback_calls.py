"""Models on the loopback server, and calls of them in each mode."""

# ruff: noqa: PLC0415 - agno and the SDKs are optional, and take seconds to import

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from examples.loopback import Loopback

MODES = ("sync", "async", "stream", "async stream")
KEY = "a-key-of-twenty-characters"


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


OWN_MODELS = ("chat", "responses", "local", "groq", "cerebras", "openrouter", "gemini", "anthropic", "ollama")


def own_model(server: Loopback, name: str) -> Any:
    """Make a model of agno's own classes, which finds the server and its key by `server.plain_environment()`."""
    import pytest
    from agno.models.openai import OpenAIChat, OpenAIResponses

    match name:
        case "chat":
            return OpenAIChat(id="m", max_retries=0)
        case "responses":
            return OpenAIResponses(id="m", max_retries=0)
        case "local":
            return OpenAIChat(id="m", api_key=KEY, base_url=server.base_url("local"), max_retries=0)
        case "groq":
            from agno.models.groq import Groq

            return Groq(id="m", client_params={"max_retries": 0})
        case "cerebras":
            from agno.models.cerebras import Cerebras

            return Cerebras(id="m", max_retries=0)
        case "openrouter":
            from agno.models.openrouter import OpenRouter

            return OpenRouter(id="m", base_url=server.base_url("openrouter"), max_retries=0)
        case "gemini":
            from agno.models.google import Gemini

            return Gemini(id="m")
        case "anthropic":
            pytest.importorskip("anthropic", reason="no extra installs this SDK")
            from agno.models.anthropic import Claude

            return Claude(id="m", client_params={"max_retries": 0})
    pytest.importorskip("ollama", reason="no extra installs this SDK")
    from agno.models.ollama import Ollama

    return Ollama(id="m")


@contextmanager
def own(server: Loopback, name: str) -> Iterator[Any]:
    """Open a model of agno's own classes, and close its connections afterwards."""
    model = own_model(server, name)
    try:
        yield model
    finally:
        client = model.client
        if name == "ollama" and client is not None:
            client = client._client  # an Ollama client before 0.6.1 has no `close`
        if client is not None:
            client.close()


@dataclass
class Parsed:
    """Answers as the SDK read them (`raw`), and as agno did."""

    raw: list[Any] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)

    @property
    def content(self) -> str | None:
        """The text, None if no response has a content; a stream's are joined."""
        contents = [response.content for response in self.responses if response.content is not None]
        return "".join(contents) if contents else None

    @property
    def tokens(self) -> tuple[int, int] | None:
        """The input and output tokens that are reported last."""
        usages = [response.response_usage for response in self.responses if response.response_usage]
        return (usages[-1].input_tokens, usages[-1].output_tokens) if usages else None


def call(model: Any, stream: bool) -> Parsed:
    """Call a model, and keep what the SDK passed to agno's parsers."""
    from agno.models.message import Message

    parsed = Parsed(messages=[Message(role="system", content="be brief"), Message(role="user", content="hello")])

    def keep(parse: Any) -> Any:
        def wrapper(*positional: Any, **named: Any) -> Any:
            parsed.raw.append(positional[0] if positional else named["stream_event"])
            return parse(*positional, **named)

        return wrapper

    for method in ("_parse_provider_response", "_parse_provider_response_delta"):
        setattr(model, method, keep(getattr(model, method)))
    if stream:
        for response in model.response_stream(messages=parsed.messages):
            parsed.responses.append(response)
    else:
        parsed.responses.append(model.response(messages=parsed.messages))
    return parsed
