"""Answers of a server while something else happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resolver import Explanation, Resolver
from tests.server.through_http import Server
from tests.state.own import STATE, own_policy

pytestmark = pytest.mark.slow


def test_an_explanation_is_that_of_one_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if another one is put in force after the decision, before its rows are looked up."""
    policy, original, reloads = own_policy(tmp_path), Resolver.explain, iter([True])

    def explain(self: Resolver, *names: Any, **more: Any) -> Explanation:
        explanation = original(self, *names, **more)
        if next(reloads, False):
            text = (policy / STATE).read_text("utf-8")
            (policy / STATE).write_text(text.replace("worker_a: general", "worker_a: fast"), "utf-8")
            self.reload()
        return explanation

    monkeypatch.setattr(Resolver, "explain", explain)
    with Resolver.open(policy) as resolver:
        server = Server(resolver)
        try:
            answer = server.call("GET", "/v1/explain?triad=layout&role=worker_a")
            assert answer["revision"] == resolver.policy.revision
            assert {row["tier"] for row in answer["rows"]} == {answer["tier"]}
        finally:
            server.stop()


def test_the_keys_of_a_list_are_those_of_no_other_report(tmp_path: Path) -> None:
    """Whatever a client appends to its keys, as `job-17/1` for the second attempt at `job-17`."""
    failed = {"triad": "layout", "role": "worker_a", "failed": True}
    with Resolver.open(own_policy(tmp_path)) as resolver:
        server = Server(resolver)
        try:
            [first] = server.call("POST", "/v1/outcomes", [failed], {"idempotency-key": "job-17"})
            assert (first["strikes"], first["repeated"]) == (1, False)
            for key in ("job-17", "job-17/0"):
                answer = server.call("POST", "/v1/outcomes", failed, {"idempotency-key": key})
                assert not answer["repeated"]
            [again] = server.call("POST", "/v1/outcomes", [failed], {"idempotency-key": "job-17"})
            assert again["repeated"]
        finally:
            server.stop()
