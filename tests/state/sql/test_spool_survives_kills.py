"""Outcomes in the spool reach the database once each, whatever process is killed meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from resolver.domain import Subject
from resolver.state.sql.spool import Spool
from tests.state.conftest import CLUSTER, CLUSTERS, SHARED, place_of
from tests.state.own import fail
from tests.state.sql.cut_off import cut_off, depth
from tests.state.sql.waiting import until

CRASH = """
import os, sys
from resolver import Resolver
from resolver.state.sql import compare_and_swap, database, delivery, spool
where, path, state = sys.argv[1:]
owner, name, when = where.split()
owner = {"Spool": spool.Spool, "Database": database.Database, "CompareAndSwap": compare_and_swap.CompareAndSwap}[owner]
old, calls = getattr(owner, name), 0
last = {"known": 1, "write": 2, "remove": 2, "done": 3}[name]  # most of it goes in two messages
def dying(self, *args, **kwargs):
    global calls
    calls += 1
    if when == "before" and calls == last:
        os.kill(os.getpid(), 9)
    result = old(self, *args, **kwargs)
    if when == "after" and calls == last:
        os.kill(os.getpid(), 9)
    return result
setattr(owner, name, dying)
with Resolver.open(path, state=state) as resolver:
    import time
    time.sleep(20)
"""
STEPS = [
    f"{step} {when}" for step in ("Spool remove", "Database write", "Database known") for when in ("before", "after")
]
CASES: list[object] = [("sqlite", step) for step in [*STEPS, "CompareAndSwap done before", "CompareAndSwap done after"]]
CASES += [(kind, "Database write after") for kind in SHARED[1:]]
CASES += [pytest.param(kind, "Database write after", marks=CLUSTER) for kind in CLUSTERS]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "step"), CASES)
def test_kill_while_delivering(
    kind: str, step: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`The spool: kill -9 in every step`: what waited is judged once, in its order, by whoever comes next."""
    shared = place_of(kind, tmp_path, request.getfixturevalue)
    with shared.open(0) as one:
        with monkeypatch.context() as patched:
            cut_off(one, patched)
            one._store._follower.stop()  # type: ignore[attr-defined]
            for triad in ("a", "b"):
                fail(one, times=3, triad=triad)
                fail(one, times=1, triad=triad)
            fail(one, "orchestrator", times=5)
        one.close()
    command = [sys.executable, "-c", CRASH, step, str(shared.policy()), str(shared.app)]
    assert subprocess.run(command, timeout=60, check=False).returncode == -9
    assert 0 < depth(shared) <= 13
    with shared.open(0) as two:
        until(lambda: depth(shared) == 0, 10)
        assert two.escalations() == {Subject(triad, "worker_a"): "reasoning" for triad in ("a", "b")}
        assert sorted(str(event.what) for event in two.history()) == ["escalate", "escalate", "hold"]
        assert all(event.errors == ("error 0", "error 1", "error 2") for event in two.history())
        assert {s: streak.strikes for s, streak in two.streaks().items()} == {Subject("layout", "orchestrator"): 2}


APPEND = """
import os, sys
from pathlib import Path
from resolver.domain import Subject
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report
spool = Spool(Path(sys.argv[1]))
for number in range(10**9):
    report = Report(Subject("t", "r"), None, {}, True, None, str(number), None)
    spool.append(Queued(f"{sys.argv[2]}{number}", 1, 0, report))
    os.write(1, f"{number}\\n".encode())
"""


@pytest.mark.slow
def test_kill_while_writing(tmp_path: Path) -> None:
    """Whatever was acknowledged waits, in order, after processes were killed at any moment of writing."""
    acknowledged: dict[str, int] = {}
    for who in ("a", "b", "c"):
        command = [sys.executable, "-c", APPEND, str(tmp_path / "spool.db"), who]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.3)
            process.kill()
            acknowledged[who] = 1 + process.stdout.read().count(b"\n")
    spool = Spool(tmp_path / "spool.db")
    waiting = spool.oldest(10**6)
    for who, count in acknowledged.items():
        numbers = [int(queued.key[len(who) :]) for queued in waiting if queued.key.startswith(who)]
        assert numbers == list(range(len(numbers)))
        assert count <= len(numbers) <= count + 1
    assert spool.depth() == len(waiting)
    spool.close()
