"""The notes of a server say what happens while it runs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.server.conftest import ADMIN
from tests.server.serving import ASKED, SECONDS, Serving, serving


def test_a_server_notes_what_it_learns_and_which_policy_is_in_force(
    policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escalation, a person's decision, another policy, its warnings, and a policy that is refused."""
    monkeypatch.setenv("RESOLVER_LOG", "json")
    admins = tmp_path / "admins"
    admins.write_text(ADMIN, "ascii")
    file = policies / "model_tiers.yaml"
    text = file.read_text(encoding="utf-8")
    with serving(policies, "--admin-token-file", str(admins)) as server:
        stderr = server.process.stderr
        assert stderr is not None

        def save_and_wait(text: str) -> None:
            file.write_text(text, encoding="utf-8")
            before, end = health(server), time.monotonic() + SECONDS
            while health(server) == before and server.decide().status == 200:
                assert time.monotonic() < end
                time.sleep(0.05)

        for _ in range(3):
            server.call("POST", "/v1/outcomes", {**ASKED, "failed": True})
        server.call("POST", "/v1/lower", {**ASKED, "reason": "fixed"}, authorization=f"Bearer {ADMIN}")
        save_and_wait(text.replace("    execution:\n", "    excution:\n      critic: fast\n    execution:\n"))
        save_and_wait(text.replace("worker_b: fast", "worker_b: fsat"))
        assert server.stop() == 0
        notes = [(note["level"], note["message"]) for note in map(json.loads, stderr)]
    assert ("info", "`layout:worker_a` escalated from general to reasoning (three_strikes)") in notes
    assert ("info", "`layout:worker_a` was lowered to no entry by a person") in notes
    (changed,) = [message for level, message in notes if level == "info" and "is in force" in message]
    assert changed.startswith(f"policy {policies} was changed: revision ")
    assert [message for level, message in notes if level == "warning" and "`resolver check` shows them" in message]
    assert [message for level, message in notes if level == "error" and "was changed and is refused" in message]


def health(server: Serving) -> tuple[object, object]:
    policy = server.call("GET", "/v1/policy").json["health"]["policy"]
    return policy["revision"], policy["refused"]
