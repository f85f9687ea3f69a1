"""Stand in for four LLM providers on 127.0.0.1, so that their real SDKs run without the internet.

Cerebras, groq and openrouter speak chat completions and gemini speaks `generateContent`; the first part of the path
tells them apart. Which answer a request gets is scripted by provider, key and model; without a script it is "ok".
"""

import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socket import SHUT_RDWR, socket
from socketserver import ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any, Self
from urllib.parse import unquote

Json = dict[str, Any]

PROVIDERS = ("cerebras", "groq", "gemini", "openrouter")
CHAT = re.compile(r"/(cerebras|groq|openrouter)(?:/openai)?/v1/chat/completions")
GEMINI = re.compile(r"/(gemini)/v1(?:beta)?/models/([^:]+):(generateContent|streamGenerateContent\?alt=sse)")
GEMINI_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(frozen=True)
class Text:
    """Answer with text; a stream gives it in `chunks`, or word by word."""

    content: str = "ok"
    chunks: tuple[str, ...] | None = None
    prompt_tokens: int = 7
    completion_tokens: int = 3

    @property
    def tokens(self) -> tuple[int, int]:
        return self.prompt_tokens, self.completion_tokens


@dataclass(frozen=True)
class ToolCalls:
    """Ask for tools to be called, each by name with its arguments."""

    calls: tuple[tuple[str, Mapping[str, object]], ...]
    tokens = (7, 3)


@dataclass(frozen=True)
class Failure:
    """Refuse with an HTTP status; `body` is sent in place of the provider's own form, `retry_after` is in seconds."""

    status: int
    message: str = "refused by the loopback"
    code: str | None = None
    body: object = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Garbage:
    """Answer 200 with a web page, as a proxy in between might."""


@dataclass(frozen=True)
class Dropped:
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Broken:
    """Close the connection after so many words of a stream, or halfway through a whole answer."""

    content: str = "one two three"
    after: int = 1
    tokens = (7, 3)


@dataclass(frozen=True)
class Slow:
    """Wait for so many seconds, then answer."""

    seconds: float
    then: "Answer" = Text()


Written = Text | ToolCalls | Broken
Answer = Text | ToolCalls | Failure | Garbage | Dropped | Broken | Slow


@dataclass(frozen=True)
class Asked:
    """One request: `messages` as sent (gemini: system instruction, then contents), `tools` the names offered."""

    provider: str
    key: str
    model: str
    stream: bool
    messages: list[Any]
    tools: list[str]

    def matches(self, provider: str | None, key: str | None, model: str | None) -> bool:
        """Tell whether each part that is given is this request's."""
        return provider in (None, self.provider) and key in (None, self.key) and model in (None, self.model)


@dataclass
class _Script:
    answers: tuple[Answer, ...]
    match: tuple[str | None, str | None, str | None]
    times: int | None
    given: int = 0


class Loopback:
    """Serve all four providers from when it is made until it is closed."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: list[_Script] = []
        self._lock = Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def answer(
        self,
        *answers: Answer,
        provider: str | None = None,
        key: str | None = None,
        model: str | None = None,
        times: int | None = None,
    ) -> None:
        """Give matching requests these answers in turn, the last for ever, or until `times` requests have been served.

        The script given last goes first.
        """
        with self._lock:
            self._scripts.insert(0, _Script(answers or (Text(),), (provider, key, model), times))

    def count(self, *, provider: str | None = None, key: str | None = None, model: str | None = None) -> int:
        """Count the requests so far that match."""
        with self._lock:
            return sum(asked.matches(provider, key, model) for asked in self.asked)

    def environment(self, keys: int = 1) -> dict[str, str]:
        """Name the variables that give each provider so many keys and send its SDK here."""
        variables = {
            "CEREBRAS_BASE_URL": f"{self.url}/cerebras",
            "GROQ_BASE_URL": f"{self.url}/groq",
            "GOOGLE_GEMINI_BASE_URL": f"{self.url}/gemini",
            "OPENROUTER_BASE_URL": f"{self.url}/openrouter/v1",
        }
        for provider in PROVIDERS:
            variables[f"NUM_{provider.upper()}"] = str(keys)
            for number in range(1, keys + 1):
                variables[f"{provider.upper()}_API_KEY_{number}"] = f"{provider}-key-{number}-of-loopback"
        return variables

    def close(self) -> None:
        """End every connection and thread; closing again does nothing."""
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.end_connections()

    def take(self, asked: Asked) -> tuple[Answer, int]:
        """Record a request; return its answer and its number."""
        with self._lock:
            self.asked.append(asked)
            for script in self._scripts:
                if asked.matches(*script.match) and (script.times is None or script.given < script.times):
                    script.given += 1
                    return script.answers[min(script.given, len(script.answers)) - 1], len(self.asked)
            return Text(), len(self.asked)


class _Server(ThreadingTCPServer):  # an HTTPServer would ask the DNS for its name
    request_queue_size = 128  # the usual 5 makes a burst of clients wait a second for a SYN to be sent again

    def __init__(self, loopback: Loopback) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.loopback = loopback
        self.closing = Event()
        self._connections: dict[Thread, socket] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        # in place of the inherited one, which forgets daemon threads and waits for others without an end
        for thread in [thread for thread in self._connections if not thread.is_alive()]:
            del self._connections[thread]
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        thread.start()
        self._connections[thread] = request

    def end_connections(self) -> None:
        for thread, connection in self._connections.items():
            with suppress(OSError):  # the client was faster
                connection.shutdown(SHUT_RDWR)
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # else the client has left
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        # the Cerebras SDK asks for /v1/tcp_warming when a client is made
        self._send(200, b'"ok"')

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        asked = _read(self.path, self.headers, json.loads(body))
        if asked is None:
            self._send(404, json.dumps({"error": {"message": f"no provider at {self.path}"}}).encode())
        else:
            self._give(asked, *self.server.loopback.take(asked))

    def _give(self, asked: Asked, answer: Answer, number: int) -> None:
        match answer:
            case Slow() if not self.server.closing.wait(answer.seconds):
                self._give(asked, answer.then, number)
            case Slow() | Dropped():
                self.close_connection = True
            case Garbage():
                self._send(200, b"<!doctype html><title>Sign in</title>", "text/html")
            case Failure():
                after = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
                self._send(answer.status, _failure(asked.provider, answer), headers=after)
            case Text() | ToolCalls() | Broken():
                write = _gemini if asked.provider == "gemini" else _chat
                events = [json.dumps(event).encode() for event in write(asked, answer, number)]
                if asked.stream:
                    self._stream(asked.provider, events, broken=isinstance(answer, Broken))
                else:
                    self._send(200, events[0], broken=isinstance(answer, Broken))

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        broken: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if broken else body)
        self.close_connection |= broken

    def _stream(self, provider: str, events: list[bytes], broken: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if provider != "gemini" and not broken:
            events.append(b"[DONE]")
        for event in events:
            self.wfile.write(b"%x\r\ndata: %s\n\n\r\n" % (len(event) + 8, event))
        if broken:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


def _read(path: str, headers: Any, body: Json) -> Asked | None:
    if found := CHAT.fullmatch(path):
        key = headers.get("Authorization", "").removeprefix("Bearer ")
        tools = [tool["function"]["name"] for tool in body.get("tools") or []]
        return Asked(found[1], key, body["model"], bool(body.get("stream")), body["messages"], tools)
    if found := GEMINI.fullmatch(path):
        instruction = [body["systemInstruction"]] if "systemInstruction" in body else []
        tools = [each["name"] for tool in body.get("tools") or [] for each in tool.get("functionDeclarations", [])]
        stream = found[3] != "generateContent"
        key = headers.get("x-goog-api-key", "")
        return Asked("gemini", key, unquote(found[2]), stream, instruction + body["contents"], tools)
    return None


def _failure(provider: str, failure: Failure) -> bytes:
    if failure.body is not None:
        return failure.body.encode() if isinstance(failure.body, str) else json.dumps(failure.body).encode()
    error: dict[str, object] = {"message": failure.message, "code": failure.code}
    match provider:
        case "cerebras":  # not nested
            return json.dumps({**error, "type": "error", "param": None}).encode()
        case "groq":
            return json.dumps({"error": {**error, "type": "error"}}).encode()
        case "openrouter":
            return json.dumps({"error": {**error, "code": failure.code or failure.status}}).encode()
    status = failure.code or GEMINI_STATUS.get(failure.status, "UNKNOWN")
    return json.dumps({"error": {"code": failure.status, "message": failure.message, "status": status}}).encode()


def _pieces(answer: Text | Broken) -> list[str]:
    if isinstance(answer, Text) and answer.chunks is not None:
        return list(answer.chunks)
    words = re.findall(r"\s*\S+\s*", answer.content)
    return words[: answer.after] if isinstance(answer, Broken) else words


def _chat(asked: Asked, answer: Written, number: int) -> list[Json]:
    """Make the events of a stream, or the one body that is a whole answer."""
    prompt, completion = answer.tokens
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    head: Json = {"id": f"chatcmpl-{number}", "created": 1_700_000_000, "model": asked.model}
    head["system_fingerprint"] = "fp_0"  # else the Cerebras SDK leaves a chunk's choices as plain dicts
    message: Json = {"role": "assistant", "content": None}
    if isinstance(answer, ToolCalls):
        deltas: list[Json] = []
        for at, (name, given) in enumerate(answer.calls):
            function = {"name": name, "arguments": json.dumps(dict(given))}
            call = {"index": at, "id": f"call_{number}_{at}", "type": "function", "function": function}
            deltas.append({"tool_calls": [call]})
        message["tool_calls"] = [delta["tool_calls"][0] for delta in deltas]
    else:
        deltas = [{"content": piece} for piece in _pieces(answer)]
        message["content"] = answer.content
    finish = "tool_calls" if isinstance(answer, ToolCalls) else "stop"
    if not asked.stream:
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return [{**head, "object": "chat.completion", "choices": [choice], "usage": usage}]
    head["object"] = "chat.completion.chunk"
    deltas.insert(0, {"role": "assistant", "content": ""})
    events: list[Json] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    if not isinstance(answer, Broken):
        last = {"index": 0, "delta": {}, "finish_reason": finish}
        events.append({**head, "choices": [last], "usage": usage, "x_groq": {"usage": usage}})  # groq reads the latter
    return events


def _gemini(asked: Asked, answer: Written, number: int) -> list[Json]:
    """Make the events of a stream, or the one body that is a whole answer."""
    prompt, completion = answer.tokens
    if isinstance(answer, ToolCalls):
        parts: list[Json] = [{"functionCall": {"name": name, "args": dict(given)}} for name, given in answer.calls]
    else:
        parts = [{"text": piece} for piece in (_pieces(answer) if asked.stream else [answer.content])]
    contents = [{"role": "model", "parts": each} for each in ([[part] for part in parts] if asked.stream else [parts])]
    head: Json = {"modelVersion": asked.model, "responseId": f"response-{number}"}
    events: list[Json] = [{**head, "candidates": [{"index": 0, "content": content}]} for content in contents]
    if events and not (asked.stream and isinstance(answer, Broken)):
        events[-1]["candidates"][0]["finishReason"] = "STOP"
        total = prompt + completion
        usage = {"promptTokenCount": prompt, "candidatesTokenCount": completion, "totalTokenCount": total}
        events[-1]["usageMetadata"] = usage
    return events
