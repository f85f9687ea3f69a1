"""Calls that wait, proofs of policies, and clients that have gone take nothing from decisions and probes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from resolver import Resolver
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


@pytest.mark.slow
def test_a_long_history_keeps_no_call_waiting(policies: Path) -> None:
    """Clients that ask for all of it get the newest part, and may take nothing, or go."""
    with Resolver.open(policies) as resolver:
        for _ in range(3):
            resolver.record_failure("layout", "worker_b")
    (beside,) = policies.glob(".resolver*.db")
    with closing(sqlite3.connect(beside)) as history:
        columns = [row[1] for row in history.execute("PRAGMA table_info(history)") if row[1] not in ("id", "time")]
        history.execute(
            f"INSERT INTO history ({', '.join(columns)}, time) SELECT {', '.join(columns)}, '2026-01-01T00:00:00+00:00'"
            " FROM history, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
            " SELECT i FROM n)"
        )
        history.commit()
    with serving(policies) as server, ExitStack() as opened:
        clients = [opened.enter_context(server.connect()) for _ in range(30)]
        for client in clients:
            client.sendall(b"GET /v1/events?since=2025-01-01T00:00:00Z HTTP/1.1\r\nHost: localhost\r\n\r\n")
        longest, end = 0.0, time.monotonic() + 6
        while time.monotonic() < end:
            if time.monotonic() > end - 4:
                while clients:
                    clients.pop().close()
            started = time.monotonic()
            assert server.decide().status == 200
            longest = max(longest, time.monotonic() - started)
        assert longest < 3
        assert len(server.call("GET", "/v1/history?triad=layout").json) == 1_000
        assert server.call("GET", "/v1/history?triad=other").json == []
        assert len(server.call("GET", "/v1/history?most=2&since=2026-01-01T00:00:00").json) == 2
        assert time.monotonic() < end + 15
