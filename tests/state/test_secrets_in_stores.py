"""No secret of an error or of a reason reaches a store, or a file beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnostics.secret_notations import SECRET
from tests.diagnostics.test_secret_notations import shows_secret
from tests.state.conftest import Place
from tests.state.sql.cut_off import cut_off, depth

EVERYDAY = (
    f"GROQ_API_KEY_1={SECRET}",
    f"Authorization: Token {SECRET}",
    f'body "{{\\"api_key\\":\\"{SECRET}\\"}}"',
    f"GET https://host/v1/models?key={SECRET}",
    f"AWS_SECRET_ACCESS_KEY={SECRET}",
    f"('x-goog-api-key', '{SECRET}')",
    f"postgresql://u:p@{SECRET}@db/x",
    f"Cookie: session={SECRET}",
    f"invalid api key {SECRET}",
)
"""Forms that once reached the history."""


def bytes_below(folder: Path) -> bytes:
    """Return the bytes of all files in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_secret_reaches_a_history_or_a_file(place: Place) -> None:
    """The journal, the history and the exported outcomes of each kind of state have no secret."""
    with place.open() as resolver:
        for number, error in enumerate(EVERYDAY):
            for _ in range(3):
                resolver.record_failure(f"t{number}", "worker_a", error=ValueError(error))
        resolver.record_failure("t", "worker_b", error="; ".join(EVERYDAY))
        resolver.lower("t0", "worker_a", reason=EVERYDAY[0])
        history = resolver.history()
        shown = repr(history) + repr(resolver.streaks())
        shown += "" if place.app else "".join(resolver.outcomes())  # a database keeps no outcomes
        files = bytes_below(place.folder)
    assert len(history) == len(EVERYDAY) + 1
    assert all(any("***" in text for text in (*event.errors, event.reason)) for event in history)
    assert "GROQ_API_KEY_1=***" in shown
    assert not shows_secret(shown)
    assert not shows_secret(files + bytes_below(place.folder))
    if place.kind in ("file", "sqlite"):
        assert b"***" in files


def test_no_secret_reaches_the_spool(shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes on the disk of what waits for the database have no secret."""
    with shared.open() as resolver, monkeypatch.context() as patched:
        cut_off(resolver, patched)
        for error in EVERYDAY:
            resolver.record_failure("layout", "worker_a", error=error)
        assert depth(shared) == len(EVERYDAY)
        files = bytes_below(shared.policy())
    assert b"***" in files
    assert not shows_secret(files)
