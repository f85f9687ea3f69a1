"""The stream of events shows what this server and others learn, and which policy is in force."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from resolver import Resolver
from tests.server.processes import ServerProcess
from tests.state.own import STATE, own_policy

pytestmark = pytest.mark.slow


class Stream:
    """The events of a server, as a client sees them."""

    def __init__(self, server: ServerProcess, path: str = "/v1/events", headers: dict[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection(server.address, timeout=20)
        self.connection.request("GET", path, headers=headers or {})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        if self.status != 200:
            self.close()
            return
        assert self.answer.getheader("content-type") == "text/event-stream; charset=utf-8"
        assert self.answer.readline() == b": alive\n"

    def next(self) -> tuple[str, str, Any]:
        """Return the id, the name and the data of the next event."""
        fields: dict[str, str] = {}
        while True:
            line = self.answer.readline().decode()
            assert line, "the stream has ended"
            if line == "\n":
                if "event" in fields:
                    return fields.get("id", ""), fields["event"], json.loads(fields["data"])
            elif not line.startswith(":"):
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value

    def rest(self) -> bytes:
        """Return what comes until the stream ends."""
        return self.answer.read()

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


def test_escalations_of_this_and_of_other_processes(tmp_path: Path) -> None:
    """An event has the history's values; its id is its time, from which a client that reconnects goes on."""
    policy = own_policy(tmp_path)
    with ServerProcess(policy) as server, ExitStack() as streams:

        def streamed(path: str = "/v1/events", headers: dict[str, str] | None = None) -> Stream:
            return streams.enter_context(closing(Stream(server, path, headers)))

        stream = streamed()
        with Resolver.open(policy) as resolver:
            for _ in range(3):
                resolver.record_failure("layout", "worker_a")
            first, name, data = stream.next()
            assert (name, data["triad"], data["role"], data["to"]) == ("escalate", "layout", "worker_a", "reasoning")
            body = json.dumps([{"triad": "layout", "role": "worker_b", "failed": True}] * 3)
            with closing(http.client.HTTPConnection(server.address, timeout=20)) as connection:
                connection.request("POST", "/v1/outcomes", body, {"content-type": "application/json"})
                assert connection.getresponse().read()
            second, name, data = stream.next()
            assert (name, data["role"]) == ("escalate", "worker_b")
            assert first < second
            again = streamed(headers={"last-event-id": second})
            assert again.next()[0] == second
            since = streamed("/v1/events?since=2000-01-01T00:00:00Z")
            assert [since.next()[2]["role"], since.next()[2]["role"]] == ["worker_a", "worker_b"]
            resolver.lower("layout", "worker_a", reason="a test")
            assert {each.next()[1] for each in (stream, again, since)} == {"lower"}
        assert server.stop() == 0
        assert stream.rest() == b""


def test_a_client_that_reconnects_before_its_first_event_loses_none(tmp_path: Path) -> None:
    """The stream begins with an id, which `EventSource` sends when it connects again."""
    policy = own_policy(tmp_path)
    with ServerProcess(policy) as server, Resolver.open(policy) as resolver:
        with closing(Stream(server)) as stream:
            lines = iter(stream.answer.readline, b"")
            began = next(line for line in lines if line.startswith(b"id: ")).decode().strip()[len("id: ") :]
        for _ in range(3):
            resolver.record_failure("layout", "worker_a")
        with closing(Stream(server, headers={"last-event-id": began})) as stream:
            assert stream.next()[1] == "escalate"


def test_reloads(tmp_path: Path) -> None:
    """An edit is in force, or refused, without any request; both are events."""
    policy = own_policy(tmp_path)
    with ServerProcess(policy) as server, closing(Stream(server)) as stream:
        before = json.loads(_get(server, "/v1/policy"))["revision"]
        file = policy / STATE
        text = file.read_text("utf-8")
        file.write_text(text.replace("worker_a: general", "worker_a: fast"), "utf-8")
        _, name, data = stream.next()
        assert (name, data["refused"]) == ("reload", False)
        assert data["revision"] != before
        file.write_text(text.replace("worker_a: general", "worker_a: fats"), "utf-8")
        assert stream.next()[1:] == ("reload", {"revision": data["revision"], "refused": True})
        file.write_text(text, "utf-8")
        assert stream.next()[1:] == ("reload", {"revision": before, "refused": False})


def test_too_many_listeners(tmp_path: Path) -> None:
    """One more than are allowed is refused at once; when one goes, another may come."""
    with ServerProcess(own_policy(tmp_path)) as server, ExitStack() as streams:
        listening = [streams.enter_context(closing(Stream(server))) for _ in range(100)]
        assert {stream.status for stream in listening} == {200}
        assert Stream(server).status == 503
        listening[0].close()
        end = time.monotonic() + 20
        while streams.enter_context(closing(Stream(server))).status == 503:
            assert time.monotonic() < end
            time.sleep(0.1)


def _get(server: ServerProcess, path: str) -> bytes:
    with closing(http.client.HTTPConnection(server.address, timeout=20)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()
