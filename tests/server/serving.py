"""`resolver serve` as a process of its own, and clients of plain sockets that do what a library would not."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import ROOT

SECONDS = 30.0
"""Seconds after which an answer that does not come is a failure, on a slow machine, too."""

ASKED = {"triad": "layout", "role": "worker_a"}
_SERVER = """
import json, sys
from resolver.server import settings
vars(settings).update(json.loads(sys.argv.pop(1)))
from resolver.__main__ import main
main()
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self, status: int) -> Any:
        """Return the problem document that this is; it has this status."""
        assert (self.status, self.headers["content-type"]) == (status, "application/problem+json"), self
        document = self.json
        assert document["status"] == status
        assert document["title"]
        assert document["detail"]
        return document


class Serving:
    """A server that runs, and calls to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process, self.line = process, process.stdout.readline()
        self.port = int(self.line.partition("http://127.0.0.1:")[2].partition(";")[0])

    def connect(self, seconds: float = SECONDS) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None, **more: str
    ) -> Answer:
        """Send a request; a body that is not bytes is JSON. `more` are headers as names of Python."""
        given = {"content-type": "application/json"} if body is not None else {}
        given |= {**(headers or {}), **{name.replace("_", "-"): value for name, value in more.items()}}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, data, given)
            return _answer(connection.getresponse())
        finally:
            connection.close()

    def decide(self, body: object = ASKED, **more: str) -> Answer:
        return self.call("POST", "/v1/decide", body, None, **more)

    def raw(self, sent: bytes, method: str = "GET") -> Answer:
        """Send these bytes on a connection of their own, and return the first answer."""
        with self.connect() as client:
            client.sendall(sent)
            return read(client, method)

    def stop(self) -> int:
        """Tell the server to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


def read(client: socket.socket, method: str = "GET") -> Answer:
    """Read one answer from a connection."""
    response = http.client.HTTPResponse(client, method=method)
    response.begin()
    return _answer(response)


def is_cut_off(client: socket.socket) -> bool:
    """Return whether the server closes a connection without a further answer, within the time-out of the socket."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def request(path: str = "/v1/decide", body: object = ASKED, *more: str, method: str = "POST") -> bytes:
    """Return the bytes of a request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *more]
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode("latin-1") + data


def start(policies: Path, *arguments: str, **settings: float) -> subprocess.Popen[str]:
    """Start a server of a policy on any free port; `settings` replace values in resolver/server/settings.py."""
    command = [sys.executable, "-c", _SERVER, json.dumps(settings), "serve", "--policies", str(policies)]
    return subprocess.Popen(
        [*command, "--port", "0", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(policies: Path, *arguments: str, **settings: float) -> Iterator[Serving]:
    """Yield a server that runs, and end it."""
    with start(policies, *arguments, **settings) as process:
        try:
            yield Serving(process)
        finally:
            process.kill()


def _answer(response: http.client.HTTPResponse) -> Answer:
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
