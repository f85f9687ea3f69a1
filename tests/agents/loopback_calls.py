"""Models of the four providers on the loopback server, and calls of them in each mode."""

# ruff: noqa: PLC0415 - agno and the SDKs are optional, and take seconds to import

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
