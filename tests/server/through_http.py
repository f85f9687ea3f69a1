"""A resolver that is asked through HTTP: the methods of a `Resolver`, answered by a server in a thread."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import Any
from urllib.parse import urlencode

import uvicorn

from resolver import Decision, Outcome, RequestError, Resolver, Streak, Subject
from resolver.domain import EffectKind, Escalation, Policy
from resolver.server.app import make_app
from resolver.server.run import config_of
from resolver.server.settings import Settings
from resolver.table import DecisionTable

ADMIN = "an-admin-token-of-tests"


class Server:
    """A server of `resolver` in a thread, on a free port of 127.0.0.1."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.app = make_app(resolver, Settings(port=self.port, admin_tokens=(ADMIN,)))
        self.server = uvicorn.Server(config_of(self.app))
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.001)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def stop(self) -> None:
        """Stop it as SIGTERM would."""
        self.connection.close()
        self.app.state.feed.close()
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """Return the answer to a request; RequestError with the problem's sentence if the server refuses it."""
        content = None if body is None else json.dumps(body)
        sent = {"content-type": "application/json", "authorization": f"Bearer {ADMIN}", **(headers or {})}
        self.connection.request(method, path, content, sent)
        answer = self.connection.getresponse()
        found = json.loads(answer.read())
        if answer.status >= 400:
            assert answer.getheader("content-type") == "application/problem+json"
            assert found["status"] == answer.status
            raise RequestError(found["detail"])
        return found


class ThroughHttp:
    """The methods of a `Resolver` that `PolicyMachine` uses."""

    def __init__(self, resolver: Resolver) -> None:
        self.inner = resolver
        self.server = Server(resolver)

    def close(self) -> None:
        self.server.stop()
        self.inner.close()

    @property
    def table(self) -> DecisionTable:
        return self.inner.table

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def resolve(self, triad: str, role: str, *, phase: str | None = None, facts: Any = None) -> Decision:
        asked = {"triad": triad, "role": role, "phase": phase, "facts": facts}
        found = self.server.call("POST", "/v1/decide", asked)
        assert [found] == self.server.call("POST", "/v1/decide", [asked])
        written = [f"{name}={value}" for name, value in (facts or {}).items()]
        query = {"triad": triad, "role": role, "fact": written, **({"phase": phase} if phase else {})}
        explained = self.server.call("GET", f"/v1/explain?{urlencode(query, doseq=True)}")
        assert {name: explained[name] for name in found} == found
        return Decision(**found)

    def record_failure(self, triad: str, role: str, **more: Any) -> Outcome:
        return self.record(triad, role, failed=True, **more)

    def record_success(self, triad: str, role: str, **more: Any) -> Outcome:
        return self.record(triad, role, failed=False, **more)

    def record(self, triad: str, role: str, *, ran_on: Decision, **more: Any) -> Outcome:
        named = {"tier": ran_on.tier, "revision": ran_on.revision}
        phase = more.get("phase")
        found = self.server.call("POST", "/v1/outcomes", {"triad": triad, "role": role, "ran_on": named, **more})
        escalation = None
        if (rise := found["escalation"]) is not None:
            kind, rule, revision = more.get("kind"), found["rule"], self.policy.revision
            escalation = Escalation(
                triad, role, rise["from"], rise["to"], phase, kind, rule, revision, rise["why"] or ""
            )
        return Outcome(EffectKind(found["effect"]), found["rule"], found["strikes"], escalation, found["because"])

    def escalations(self) -> dict[Subject, str]:
        found = self.server.call("GET", "/v1/state")["escalations"]
        return {Subject(entry["triad"], entry["role"]): entry["tier"] for entry in found}

    def streaks(self) -> dict[Subject, Streak]:
        found = self.server.call("GET", "/v1/state")["streaks"]
        inner = self.inner.streaks()
        assert [(str(s), streak.strikes, streak.failed_tier) for s, streak in sorted(inner.items())] == [
            (f"{each['triad']}:{each['role']}", each["strikes"], each["failed_tier"]) for each in found
        ]
        return dict(inner)

    def lower(self, triad: str, role: str, tier: str | None = None, *, reason: str = "") -> None:
        self.server.call("POST", "/v1/lower", {"triad": triad, "role": role, "tier": tier, "reason": reason})
