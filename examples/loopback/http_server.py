"""HTTP server that sends answers whole or streamed, breaks them off or lets them stall."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socket import SHUT_RDWR, socket
from socketserver import ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from .answers import (
    Answer,
    Broken,
    Dropped,
    Failure,
    Filtered,
    Garbage,
    Nothing,
    Refused,
    Slow,
    Stalled,
    Text,
    ToolCalls,
    Written,
)
from .anthropic import ANTHROPIC
from .chat import CHAT
from .failures import failure_body, filtered_prompt
from .form import Form
from .gemini import GEMINI
from .ollama import OLLAMA
from .requests import Asked, read_request
from .responses import RESPONSES

FORMS = {"gemini": GEMINI, "anthropic": ANTHROPIC, "ollama": OLLAMA}


class Server(ThreadingTCPServer):  # an HTTPServer would ask the DNS for its name
    """Serve requests on a free port, each connection in a thread.

    Args:
        take: Record a request, and return its answer and its number.
    """

    request_queue_size = 128  # the usual 5 makes a burst of clients wait a second for a SYN to be sent again

    def __init__(self, take: Callable[[Asked], tuple[Answer, int]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.take = take
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
        """Close every connection, and wait for its thread."""
        for thread, connection in self._connections.items():
            with suppress(OSError):  # the client was faster
                connection.shutdown(SHUT_RDWR)
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # else the client has left
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Read a request, and send its answer in the form of its API."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

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
        asked = read_request(self.path, self.headers, json.loads(body))
        if asked is None:
            self._send(404, json.dumps({"error": {"message": f"no provider at {self.path}"}}).encode())
        else:
            self._give(asked, *self.server.take(asked))

    def _give(self, asked: Asked, answer: Answer, number: int) -> None:
        match answer:
            case Slow():
                if self._wait(answer.seconds):
                    self._give(asked, answer.then, number)
            case Dropped():
                self.close_connection = True
            case Garbage():
                self._send(200, b"<!doctype html><title>Sign in</title>", "text/html")
            case Filtered(where="prompt") if asked.provider != "gemini":
                self._give(asked, filtered_prompt(asked.provider), number)
            case Failure():
                after = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
                self._send(answer.status, failure_body(asked.provider, answer), headers=after)
            case Text() | ToolCalls() | Nothing() | Filtered() | Refused() | Broken() | Stalled():
                form = RESPONSES if asked.path.endswith("/responses") else FORMS.get(asked.provider, CHAT)
                if asked.stream:
                    self._stream(form, asked, answer, number)
                else:
                    body = json.dumps(form.whole(asked, answer, number)).encode()
                    self._whole(body, answer)

    def _whole(self, body: bytes, answer: Written) -> None:
        match answer:
            case Broken():
                self._send(200, body, sent=len(body) // 2)
                self.close_connection = True
            case Stalled():
                half = len(body) // 2 if answer.after else 0
                self._send(200, body, sent=half)
                if self._wait(answer.seconds):
                    self.wfile.write(body[half:])
            case _:
                self._send(200, body)

    def _stall(self, answer: Stalled) -> bool:
        """Wait in the middle of a stream; False if the server closes meanwhile."""
        if not answer.busy:
            return self._wait(answer.seconds)
        for _ in range(int(answer.seconds / 0.1)):
            self._chunk(b": working\n\n")
            if not self._wait(0.1):
                return False
        return True

    def _wait(self, seconds: float) -> bool:
        """Wait; False if the server closes meanwhile, which ends the connection."""
        closing = self.server.closing.wait(seconds)
        self.close_connection |= closing
        return not closing

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        sent: int | None = None,
    ) -> None:
        """Send an answer; of its body only the first `sent` bytes."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:sent])

    def _stream(self, form: Form, asked: Asked, answer: Written, number: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", form.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = form.stream(asked, answer, number)
        after = answer.after if isinstance(answer, Broken | Stalled) else None
        for event in events.opening + events.content[:after]:
            self._chunk(form.frame(event))
        match answer:
            case Broken():
                self.close_connection = True
                return
            case Stalled() if not self._stall(answer):
                return
        for event in ([] if after is None else events.content[after:]) + events.closing:
            self._chunk(form.frame(event))
        if form.end:
            self._chunk(form.end)
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
