"""Start and end of a server."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.serving import ASKED, SECONDS, Answer, read, request, serving, start


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_answered_before_the_end(policies: Path, told: signal.Signals) -> None:
    """Streams of events end, idle connections are closed, and the exit code is 0."""
    answers: list[Answer] = []
    with serving(policies) as server, ExitStack() as opened:
        streams = [opened.enter_context(server.connect()) for _ in range(5)]
        for stream in streams:
            stream.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert stream.recv(1 << 16).startswith(b"HTTP/1.1 200")
        idle = opened.enter_context(server.connect())
        begun = opened.enter_context(server.connect())
        sent = request(body=[ASKED] * 1_000)
        begun.sendall(sent[:-10])
        texts = {"files": {file.name: file.read_text("utf-8") for file in policies.glob("*.yaml")}}
        check = threading.Thread(target=lambda: answers.append(server.call("POST", "/v1/check", texts)))
        check.start()
        time.sleep(0.1)
        server.process.send_signal(told)
        time.sleep(0.1)
        begun.sendall(sent[-10:])
        assert len(read(begun).json) == 1_000
        check.join()
        started = time.monotonic()
        assert server.process.wait(SECONDS) == 0
        assert time.monotonic() - started < 10
        assert [answer.status for answer in answers] == [200]
        assert idle.recv(1) == b""
        for stream in streams:
            rest = b""
            while received := stream.recv(1 << 16):
                rest += received
            assert rest.endswith(b"0\r\n\r\n")


@pytest.mark.slow
def test_an_address_that_is_taken_is_an_error(policies: Path) -> None:
    with serving(policies) as server:
        assert server.line.startswith("serving revision ")
        with start(policies, "--port", str(server.port)) as other:
            output, errors = other.communicate(timeout=SECONDS)
            assert (other.returncode, output) == (2, "")
            assert f"cannot listen on `127.0.0.1`, port {server.port}: Address already in use" in errors
        with start(policies, "--address", "192.0.2.1", "--token-file", str(policies / "none")) as other:
            _, errors = other.communicate(timeout=SECONDS)
            assert (other.returncode, "cannot read the tokens" in errors) == (2, True)
        assert server.decide().status == 200
        assert server.stop() == 0
