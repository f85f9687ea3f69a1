"""A client that is slow, silent, or sends too much takes nothing from other clients."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, suppress

import pytest

from tests.server.serving import ASKED, Serving, is_cut_off, read, request

MANY = [ASKED] * 1_000


@pytest.mark.slow
def test_a_thousand_silent_connections_and_a_slow_client_starve_no_others(quick: Serving) -> None:
    """Decisions are answered meanwhile; connections that send nothing are closed."""
    with ExitStack() as opened:
        silent = [opened.enter_context(quick.connect()) for _ in range(1_000)]
        slow = opened.enter_context(quick.connect())
        slow.sendall(request()[:30])
        longest = 0.0
        for _ in range(20):
            started = time.perf_counter()
            assert quick.decide().status == 200
            longest = max(longest, time.perf_counter() - started)
        assert longest < 5
        assert all(map(is_cut_off, [*silent, slow]))
    assert quick.decide().status == 200


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, len(request()) - 5], ids=["head", "body"])
def test_a_client_that_sends_too_slowly_is_cut_off(quick: Serving, first: int) -> None:
    """The time is that of the whole request; each byte does not begin it again."""
    sent = request(body=ASKED)
    with quick.connect(2) as client:
        client.sendall(sent[:first])
        started = time.monotonic()
        with suppress(ConnectionError):
            for byte in sent[first:-1] * 10:
                client.sendall(bytes([byte]))
                time.sleep(0.1)
                assert time.monotonic() - started < 10


def test_a_request_may_come_byte_by_byte(quick: Serving) -> None:
    """A client that is quick enough is answered, however it cuts its request."""
    with quick.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request():
            client.sendall(bytes([byte]))
        assert read(client).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "one after the other"])
def test_a_client_that_takes_no_answer_is_cut_off(quick: Serving, pause: float) -> None:
    """Further requests give it no more time."""
    requests, size = 40, len(quick.decide(MANY).body)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(5)
        client.connect(("127.0.0.1", quick.port))
        taken = 0
        with suppress(ConnectionError):
            for _ in range(requests):
                client.sendall(request(body=MANY))
                time.sleep(pause)
            time.sleep(2.5)
            while received := client.recv(1 << 20):
                taken += len(received)
        assert taken < requests * size
    assert quick.decide().status == 200


@pytest.mark.slow
def test_a_connection_that_was_used_is_closed_when_it_is_idle(quick: Serving) -> None:
    """It is kept for SECONDS_IDLE."""
    with quick.connect() as client:
        for _ in range(2):
            client.sendall(request())
            assert read(client).status == 200
            time.sleep(1.2)  # longer than a request may take
        assert is_cut_off(client)


def test_a_head_that_is_too_large_is_cut_off(server: Serving) -> None:
    """The server keeps none of it."""
    with server.connect() as client, suppress(ConnectionError):
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (8 << 20))
        assert is_cut_off(client)


def test_a_head_behind_a_stream_of_events_is_limited_too(server: Serving) -> None:
    """A client could let the server keep any number of bytes while an answer goes on."""
    with server.connect() as client:
        client.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
        with suppress(ConnectionError):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (32 << 20))
            client.settimeout(5)
            assert is_cut_off(client)


def test_pipelined_requests_are_answered_in_their_order(server: Serving) -> None:
    """Also as many as no head may be long."""
    bodies = [{**ASKED, "role": "code_execution"}, [], ASKED] * 200
    sent = b"".join(request(body=body) for body in bodies)
    assert len(sent) > 64 << 10
    with server.connect() as client, client.makefile("rb") as answers:
        client.sendall(sent)
        for body in bodies:
            length = 0
            while (line := answers.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            answer = json.loads(answers.read(length))
            assert answer == [] if body == [] else answer["rule"]


def test_a_connection_of_http_1_0_is_closed_after_the_answer(server: Serving) -> None:
    with server.connect() as client:
        client.sendall(request().replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        assert read(client).status == 200
        assert client.recv(1) == b""


CHUNKED = request(body=b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
BODY = json.dumps(ASKED).encode()
CHUNKS = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)


def test_trailers_change_nothing(server: Serving) -> None:
    """The gate has checked the headers before they come."""
    trailers = b"Host: evil.example\r\nContent-Type: text/plain\r\nOrigin: null\r\n\r\n"
    assert server.raw(CHUNKED + CHUNKS + trailers).status == 200


def test_trailers_are_limited(server: Serving) -> None:
    """A single one without an end would take memory, and more time with each byte."""
    with server.connect() as client, suppress(ConnectionError):
        client.sendall(CHUNKED + CHUNKS + b"X: ")
        for _ in range(1_000):
            client.sendall(b"x" * (64 << 10))
        raise AssertionError("it took 64 MB")


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_a_body_is_no_request_after_an_upgrade(server: Serving, protocol: str) -> None:
    """The parser ends a request with `Upgrade` after its head; what follows would be the next request."""
    inner = request("/v1/state", b"", method="GET")
    with server.connect() as client:
        client.sendall(request("/v1/decide", inner, "Connection: Upgrade", f"Upgrade: {protocol}")[: -len(inner)])
        time.sleep(0.1)
        with suppress(ConnectionError):
            client.sendall(inner)
        assert "HTTP/1.1" in read(client).problem(400)["detail"]
        assert is_cut_off(client)
