"""No secret of an error or of a reason reaches a store, or a file beside it."""

from __future__ import annotations

from tests.state.conftest import Place

S = "q9Zx7Lm2" + "Kp4Rt8Vw1Yb3"


def test_history_and_files_of_a_store(place: Place) -> None:
    with place.open() as resolver:
        for _ in range(3):
            resolver.record_failure("layout", "worker_a", error=f"GROQ_API_KEY_1={S}")
        resolver.lower("layout", "worker_a", reason=f"the key was {S}")
        told = repr(resolver.history())
    assert "GROQ_API_KEY_1=***" in told
    assert S[:8] not in told
    for file in place.folder.rglob("*"):
        assert not file.is_file() or S.encode() not in file.read_bytes()
