"""Requests as recorded: the provider, key, model, messages and tools, read from its path, headers and body."""

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]

PROVIDERS = ("cerebras", "groq", "gemini", "openrouter")
PLAIN_PROVIDERS = ("openai", "anthropic", "ollama", "local")

CHAT = re.compile(r"/(cerebras|groq|openrouter|openai|local)(?:/openai)?/v1/chat/completions")
RESPONSES = re.compile(r"/(openai)/v1/responses")
GEMINI = re.compile(r"/(gemini)/v1(?:beta)?/models/([^:]+):(generateContent|streamGenerateContent\?alt=sse)")
ANTHROPIC = re.compile(r"/(anthropic)/v1/messages(?:\?beta=true)?")
OLLAMA = re.compile(r"/(ollama)/api/chat")


@dataclass(frozen=True)
class Asked:
    """One request.

    Args:
        provider: The provider that the path names.
        key: The API key, "" without one.
        model: The model's id.
        stream: Whether the answer is to be streamed.
        messages: The messages as sent. A system instruction that a provider sends apart from them comes first.
        tools: The names of the tools offered.
        body: The whole JSON body. Comparisons ignore it.
        path: The path with its query. Comparisons ignore it.
    """

    provider: str
    key: str
    model: str
    stream: bool
    messages: list[Any]
    tools: list[str]
    body: Json = field(default_factory=dict, compare=False, repr=False)
    path: str = field(default="", compare=False)

    def matches(self, provider: str | None, key: str | None, model: str | None) -> bool:
        """Tell whether each part that is given is this request's."""
        return provider in (None, self.provider) and key in (None, self.key) and model in (None, self.model)


def read_request(path: str, headers: Message, body: Json) -> Asked | None:
    """Read a request; None when no provider has this path."""

    def request(provider: str, key: str, messages: list[Any]) -> Asked:
        tools = [_tool_name(tool) for tool in body.get("tools") or []]
        return Asked(provider, key, body["model"], bool(body.get("stream")), messages, tools, body, path)

    bearer = headers.get("Authorization", "").removeprefix("Bearer ")
    if match := CHAT.fullmatch(path):
        return request(match[1], bearer, body["messages"])
    if match := RESPONSES.fullmatch(path):
        given = body["input"]
        items = given if isinstance(given, list) else [{"role": "user", "content": given}]
        return request(match[1], bearer, _with_system(body.get("instructions"), items))
    if match := ANTHROPIC.fullmatch(path):
        key = headers.get("x-api-key") or bearer
        return request(match[1], key, _with_system(body.get("system"), body["messages"]))
    if match := OLLAMA.fullmatch(path):
        body.setdefault("stream", True)  # Ollama's default
        return request(match[1], bearer, body["messages"])
    if match := GEMINI.fullmatch(path):
        functions = [each["name"] for tool in body.get("tools") or [] for each in tool.get("functionDeclarations", [])]
        messages = _with_system(body.get("systemInstruction"), body["contents"])
        stream = match[3] != "generateContent"
        key = headers.get("x-goog-api-key", "")
        return Asked("gemini", key, unquote(match[2]), stream, messages, functions, body, path)
    return None


def _with_system(instruction: Any, messages: list[Any]) -> list[Any]:
    return [*([instruction] if instruction else []), *messages]


def _tool_name(tool: Json) -> str:
    name = tool.get("function", tool).get("name")
    return str(name or tool.get("type", ""))  # a tool of the provider's own has a type only
