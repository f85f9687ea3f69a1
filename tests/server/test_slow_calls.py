"""Calls that wait, proofs of policies, and clients that have gone take nothing from decisions and probes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.lsp.slow_policy import slow_policy
from tests.server.serving import ASKED, Serving, read, request, serving

FAILED = {**ASKED, "failed": True, "kind": "task"}
SLOW = {"files": {"slow.yaml": slow_policy(9)}, "single": True}


@contextmanager
def waiting(server: Serving, calls: int, path: str, body: object) -> Iterator[None]:
    """Let calls begin, and go without their answers."""
    with ExitStack() as opened:
        for _ in range(calls):
            opened.enter_context(server.connect()).sendall(request(path, body))
        time.sleep(1)
        yield


@pytest.mark.slow
def test_calls_that_wait_keep_no_other_from_being_answered(policies: Path) -> None:
    """Metrics and health are most wanted then."""
    with serving(policies) as server:
        assert server.call("POST", "/v1/outcomes", FAILED).status == 200
        (beside,) = policies.glob(".resolver*.db")
        with closing(sqlite3.connect(beside, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with waiting(server, 64, "/v1/outcomes", FAILED):
                server.call("POST", "/v1/outcomes", FAILED).problem(503)
                for path in ("/healthz", "/readyz", "/metrics", "/v1/policy"):
                    assert server.call("GET", path).status == 200, path
                assert server.decide().status == 200
            other.execute("ROLLBACK")


@pytest.mark.slow
def test_a_proof_ends_when_its_client_goes(policies: Path) -> None:
    """A client that comes and goes would keep all others from checking their policies."""
    with serving(policies) as server:
        for _ in range(3):
            with waiting(server, 2, "/v1/check", SLOW):
                server.call("POST", "/v1/check", SLOW).problem(503)
            time.sleep(0.5)
        assert server.call("POST", "/v1/check", {"files": {"a.yaml": "facts: ["}, "single": True}).json["ok"] is False


@pytest.mark.slow
def test_decisions_are_answered_during_proofs(policies: Path) -> None:
    """A thread that proves gives way ten times as often as Python lets it by itself, which took 10 ms each time."""
    with serving(policies) as server, waiting(server, 2, "/v1/check", SLOW), server.connect() as client:
        seconds = []
        for _ in range(100):
            started = time.perf_counter()
            client.sendall(request())
            assert read(client).status == 200
            seconds.append(time.perf_counter() - started)
        assert sorted(seconds)[50] < 0.008
