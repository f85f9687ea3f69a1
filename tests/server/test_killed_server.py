"""A server that is killed loses nothing that it has acknowledged, and counts nothing twice."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from resolver import Resolver
from tests.server.processes import ServerProcess
from tests.state.own import own_policy

ROLES = [f"role_{number}" for number in range(8)]


class Reporter(threading.Thread):
    """Reports one failure after the other of a role of its own, each until it is acknowledged, with a key for each."""

    def __init__(self, role: str, address: list[str], end: threading.Event) -> None:
        super().__init__()
        self.role, self.address, self.end = role, address, end
        self.acknowledged = 0

    def run(self) -> None:
        body = json.dumps({"triad": "layout", "role": self.role, "failed": True, "kind": "task"})
        while not self.end.is_set():
            headers = {"content-type": "application/json", "idempotency-key": f"{self.role}-{self.acknowledged}"}
            while True:
                connection = http.client.HTTPConnection(self.address[0], timeout=10)
                try:
                    connection.request("POST", "/v1/outcomes", body, headers)
                    answer = connection.getresponse()
                    found = json.loads(answer.read())
                    assert answer.status in (200, 503), found
                    if answer.status == 200:
                        break
                except (OSError, http.client.HTTPException):
                    time.sleep(0.02)  # the server was killed, and the next one is not there yet
                finally:
                    connection.close()
            self.acknowledged += 1


@pytest.mark.slow
def test_killed_under_load(tmp_path: Path) -> None:
    """Whatever dies in between, the state is that of each acknowledged outcome, once."""
    policy = own_policy(tmp_path)
    address, end = [""], threading.Event()
    reporters = [Reporter(role, address, end) for role in ROLES]
    draw = random.Random(7)
    for round_ in range(3):
        with ServerProcess(policy) as server:
            address[0] = server.address
            if round_ == 0:
                for reporter in reporters:
                    reporter.start()
            time.sleep(draw.uniform(0.3, 1.0))
            server.kill(signal.SIGKILL)
    with ServerProcess(policy) as server:
        address[0] = server.address
        end.set()
        for reporter in reporters:
            reporter.join()
        assert server.stop() == 0
    with Resolver.open(policy) as resolver:
        outcomes = [json.loads(line) for line in resolver.outcomes()]
        for reporter in reporters:
            reported = sum(outcome["role"] == reporter.role for outcome in outcomes)
            assert reported == reporter.acknowledged > 0
