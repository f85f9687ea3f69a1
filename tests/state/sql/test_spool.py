"""The spool keeps outcomes as they were reported, and says when it cannot."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from resolver import ResolverError
from resolver.domain import Subject
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report

KEY = Subject("layout", "worker_a")


def test_spool_keeps_reports_as_they_are(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "deep" / "er" / "spool.db")
    report = Report(Subject("a:b", "ü\u2028"), "p", {"n": 3, "preset": "x"}, True, "k", "e\n", "fast")
    spool.append(Queued("k", 5, 7, report))
    assert spool.oldest(2) == [Queued("k", 5, 7, report, 1)]
    spool.close()


def test_damaged_spool_is_set_aside_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(b"no database at all" * 100)
    spool = Spool(path)
    spool.append(Queued("k", 5, 7, Report(KEY, None, {}, True)))
    assert spool.depth() == 1
    assert len(list(tmp_path.glob("spool.db.damaged-*"))) == 1
    assert "is damaged" in caplog.text
    spool.close()


def test_spool_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResolverError, match="cannot use"):
        Spool(tmp_path / "file" / "spool.db").append(Queued("k", 5, 7, Report(KEY, None, {}, True)))


def test_depth_while_another_process_takes_the_last_one_out(tmp_path: Path) -> None:
    """How many wait is one look at the file, whatever comes and goes meanwhile."""
    mine, others = Spool(tmp_path / "spool.db"), Spool(tmp_path / "spool.db")
    report = Report(KEY, None, {}, failed=True)
    done = threading.Event()

    def come_and_go() -> None:
        for at in range(200):
            others.append(Queued(f"{at:032}", 0, 0, report))
            others.remove(others.oldest(1))
        done.set()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    found = set()
    while not done.is_set():
        found.add(mine.depth())
    thread.join()
    mine.close()
    others.close()
    assert found <= {0, 1}
