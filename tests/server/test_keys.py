"""One `Idempotency-Key` for a list and for single reports."""

from __future__ import annotations

from pathlib import Path

from tests.server.serving import serving

FAILED = {"triad": "layout", "role": "worker_a", "failed": True, "kind": "task"}


def test_the_reports_of_a_list_have_keys_that_no_other_report_can_have(policies: Path) -> None:
    """A client that numbers its reports loses none of them."""
    with serving(policies) as server:

        def repeated(key: str, body: object) -> list[bool]:
            answer = server.call("POST", "/v1/outcomes", body, idempotency_key=key).json
            return [each["repeated"] for each in (answer if isinstance(answer, list) else [answer])]

        assert repeated("run", [FAILED, FAILED]) == [False, False]
        for key in ("run/0", "run/1", "run 1", "run\t1", "run0", "0/run", "run"):
            assert repeated(key, FAILED) == [False]
        assert repeated("run/1", [FAILED]) == [False]
        assert repeated("run", [FAILED] * 3) == [True, True, False]
