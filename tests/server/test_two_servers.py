"""Two servers on one database: what one learns, the other answers."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.processes import ServerProcess
from tests.servers import Postgres, running
from tests.state.own import own_policy

ASKED = {"triad": "layout", "role": "worker_a"}


def call(server: ServerProcess, path: str, body: object, key: str | None = None) -> Any:
    connection = http.client.HTTPConnection(server.address, timeout=30)
    headers = {"content-type": "application/json", **({"idempotency-key": key} if key else {})}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, found
    return found


@pytest.mark.slow
def test_what_one_learns_the_other_answers(tmp_path: Path) -> None:
    """Within a second, a role that one has escalated runs on the higher tier at the other; a repeat is harmless."""
    with running(Postgres) as database:
        state = database.app(database.database())
        folders = [tmp_path / "one", tmp_path / "two"]
        for folder in folders:
            folder.mkdir()
        with (
            ServerProcess(own_policy(folders[0]), state=state) as one,
            ServerProcess(own_policy(folders[1]), state=state) as two,
        ):
            assert call(two, "/v1/decide", ASKED)["tier"] == "general"
            for number, server in enumerate((one, two, one)):
                body = {**ASKED, "failed": True, "kind": "task"}
                first = call(server, "/v1/outcomes", body, f"report {number}")
                assert first["effect"] == ("escalate" if number == 2 else "count")
                for again in (one, two):
                    repeat = call(again, "/v1/outcomes", body, f"report {number}")
                    assert repeat["repeated"]
                    assert repeat["effect"] in (first["effect"], "ignore")
            end = time.monotonic() + 1.0
            while call(two, "/v1/decide", ASKED)["tier"] != "reasoning":
                assert time.monotonic() < end
                time.sleep(0.02)
            assert [server.stop() for server in (one, two)] == [0, 0]
