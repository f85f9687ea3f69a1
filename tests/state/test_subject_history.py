"""A look at the history of one subject waits for nothing and writes nothing."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from resolver import Resolver
from resolver.domain import Subject
from resolver.loader import shipped_policy
from resolver.state import read_history

SUBJECT = Subject("layout", "critic")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A policy whose subject has escalated."""
    folder = tmp_path / "policies"
    shutil.copytree(shipped_policy(), folder)
    with Resolver.open(folder) as resolver:
        for _ in range(3):
            resolver.record_failure("layout", "critic", error="it hangs")
            resolver.record_failure("layout", "worker_a")
    return folder


def test_last_events_of_the_subject(policies: Path) -> None:
    """Only the events of the subject are read, and of many the last."""
    events = read_history(policies / "model_tiers.yaml", SUBJECT, 5)
    assert [(event.what, event.from_tier, event.to_tier, event.subject) for event in events] == [
        ("escalate", "general", "reasoning", SUBJECT)
    ]
    assert read_history(policies / "model_tiers.yaml", Subject("other", "critic"), 5) == []


def test_nothing_is_made(tmp_path: Path) -> None:
    """Without a database there is no history, and none is made."""
    file = tmp_path / "model_tiers.yaml"
    file.write_text("")
    assert read_history(file, SUBJECT, 5) == []
    assert [*tmp_path.iterdir()] == [file]


def test_no_lock_is_waited_for(policies: Path) -> None:
    """While a writer has the database for itself, there is no history, at once."""
    writer = sqlite3.connect(policies / ".resolver.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA locking_mode = EXCLUSIVE")
    writer.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    events = read_history(policies / "model_tiers.yaml", SUBJECT, 5)
    assert time.monotonic() - start < 0.5
    assert len(events) in (0, 1)
    writer.close()


def test_damage_is_no_error(policies: Path) -> None:
    """A file that is no database has no history."""
    (policies / ".resolver.db").write_bytes(b"x" * 5_000)
    assert read_history(policies / "model_tiers.yaml", SUBJECT, 5) == []
