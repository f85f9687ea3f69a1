"""Decisions by HTTP: `resolver serve` beside an application of the same framework that answers a constant.

Both run on the same server with the same options, each pinned to one core and the client to another, in turns. The time
of the core is measured, too: that is what counts where the client or other programs are the limit.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import cast

import uvloop

from benchmarks.policies import write
from benchmarks.rows import Rows, requests

Line = tuple[str, str, str, str]
_CONNECTIONS = 16
_BATCH = 1_000
_OURS = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv.pop(1))})
from resolver.__main__ import main
main()
"""
_CONSTANT = """
import json, os, socket, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
import uvicorn
from fastapi import FastAPI, Request, Response
one, many = (json.loads(line) for line in sys.stdin)
content = json.dumps(one).encode()
app = FastAPI(docs_url=None, redoc_url=None)
@app.post("/v1/decide")
async def constant():
    return Response(content, media_type="application/json")
@app.post("/json")
async def read_and_write(request: Request):
    json.loads(await request.body())
    return Response(json.dumps(many), media_type="application/json")
listening = socket.create_server(("127.0.0.1", 0))
options = {"log_config": None, "access_log": False, "proxy_headers": False, "server_header": False}
config = uvicorn.Config(app, http="httptools", loop="uvloop", **options)
print("at", f"http://127.0.0.1:{listening.getsockname()[1]};", flush=True)
uvicorn.Server(config).run([listening])
"""


def serve_lines(scratch: Path, shipped: Rows, *, quick: bool) -> Iterator[Line]:
    """Yield requests a second and their latency beside a constant, and what a decision of a large batch costs."""
    policy = write(shipped, scratch / "served")
    asked = [{"triad": triad, "role": role, "phase": phase} for triad, role, phase in requests(shipped, listed=True)]
    one, batch = json.dumps(asked[1]).encode(), json.dumps(asked * (_BATCH // len(asked))).encode()
    *_, core = cores = sorted(os.sched_getaffinity(0))
    rounds, length = (5, 500) if quick else (41, 2_000)
    os.sched_setaffinity(0, cores[:1])
    try:
        with _running([_OURS, str(core), "serve", "--port", "0", "--policies", str(policy)]) as ours:
            answers = [uvloop.run(_load(ours.port, "/v1/decide", body, 1, 1))[1] for body in (one, batch)]
            with _running([_CONSTANT, str(core)], b"\n".join(answers)) as constant:
                for each in (ours, constant):
                    uvloop.run(_load(each.port, "/v1/decide", one, _CONNECTIONS, length))
                yield from _single(ours, constant, one, rounds, length)
                yield _batch(ours, constant, batch, rounds)
    finally:
        os.sched_setaffinity(0, cores)


def _single(ours: _Server, constant: _Server, body: bytes, rounds: int, length: int) -> Iterator[Line]:
    rates, tails, busy = [], [], []
    for _ in range(rounds):
        before = constant.seconds()
        beside, _ = uvloop.run(_load(constant.port, "/v1/decide", body, _CONNECTIONS, length))
        floor, before = constant.seconds() - before, ours.seconds()
        times, _ = uvloop.run(_load(ours.port, "/v1/decide", body, _CONNECTIONS, length))
        busy.append((ours.seconds() - before) / floor)
        rates.append((_CONNECTIONS / _mean(times), _mean(times) / _mean(beside)))
        tails.append((_p99(times), _p99(times) / _p99(beside)))
    rate, slower = (median(column) for column in zip(*rates, strict=True))
    tail, later = (median(column) for column in zip(*tails, strict=True))
    name, beside_it = f"`POST /v1/decide`, {_CONNECTIONS} connections", f"{slower:.2f} × a constant"
    yield name, f"{rate:,.0f} requests a second", f"{beside_it}, of CPU {median(busy):.2f} ×", "1.35 ×"
    yield "… its latency", f"p99 {tail * 1e3:.2f} ms", f"{later:.2f} × a constant", "1.35 ×"


def _batch(ours: _Server, constant: _Server, body: bytes, rounds: int) -> Line:
    taken, beyond = [], []
    for _ in range(rounds):
        floor, _ = uvloop.run(_load(constant.port, "/json", body, 1, 5))
        times, _ = uvloop.run(_load(ours.port, "/v1/decide", body, 1, 5))
        taken.append(median(times))
        beyond.append((median(times) - median(floor)) / _BATCH)
    beside = f"{median(beyond) * 1e6:+.2f} µs each beyond the JSON"
    return f"{_BATCH:,} decisions in one request", f"{median(taken) * 1e3:.1f} ms", beside, "5 µs"


@dataclass(frozen=True)
class _Server:
    pid: int
    port: int

    def seconds(self) -> float:
        """Return the seconds for which its threads have run so far."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9


@contextmanager
def _running(command: list[str], given: bytes = b"") -> Iterator[_Server]:
    """Run a server, whose first line of output names its port."""
    process = subprocess.Popen([sys.executable, "-c", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    try:
        process.stdin.write(given)
        process.stdin.close()
        port = process.stdout.readline().partition(b"http://127.0.0.1:")[2].partition(b";")[0]
        yield _Server(process.pid, int(port))
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


async def _load(port: int, path: str, body: bytes, connections: int, length: int) -> tuple[list[float], bytes]:
    """Send `length` requests over some connections; return the seconds of each, and the body of the last answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    done = asyncio.Event()
    client = _Client(head.encode() + b"\r\n\r\n" + body, length, done)
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: _Connection(client), "127.0.0.1", port) for _ in range(connections)]
    for _, connection in opened:
        connection.send()
    await done.wait()
    for transport, _ in opened:
        transport.abort()
    return client.times, client.answer


class _Client:
    def __init__(self, request: bytes, left: int, done: asyncio.Event) -> None:
        self.request, self.left, self.done = request, left, done
        self.times: list[float] = []
        self.answer = b""


class _Connection(asyncio.Protocol):
    """A connection that sends the next request when the answer to the last one has come."""

    def __init__(self, client: _Client) -> None:
        self._client, self._received, self._size = client, bytearray(), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        """Send a request."""
        self._started = perf_counter()
        self._transport.write(self._client.request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client.done.set()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._size:  # of all answers, which are the same
            head, end, _ = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._size = len(head) + 4 + int(length)
        if len(self._received) < self._size:
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            raise AssertionError(bytes(self._received))
        client = self._client
        client.times.append(perf_counter() - self._started)
        client.left -= 1
        if client.left <= 0:
            client.answer = bytes(self._received.partition(b"\r\n\r\n")[2])
            client.done.set()
            return
        self._received.clear()
        self.send()


def _mean(times: list[float]) -> float:
    return sum(times) / len(times)


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[-1]
