"""Outcomes wait for a database that is away, and reach it in order, each once, whatever is killed meanwhile."""

from __future__ import annotations

import logging
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report
from tests.servers import Server
from tests.state.conftest import SHARED, Place, place_of
from tests.state.own import fail
from tests.state.sql.test_sql_state import until

KEY = Subject("layout", "worker_a")


@contextmanager
def away(server: Server) -> Iterator[None]:
    """Take the database away from everybody, as a power cut would, and bring it back."""
    server.stop(signal.SIGKILL)
    try:
        yield
    finally:
        server.start()


@pytest.fixture(params=SHARED[1:])
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Server]:
    """A state, and the server to take away."""
    return place_of(request.param, tmp_path, request.getfixturevalue), request.getfixturevalue(request.param)


def spool_of(place: Place, host: int = 0) -> Spool:
    (path,) = place.policy(host).glob(".resolver.spool-????????.db")
    return Spool(path)


def depth(place: Place, host: int = 0) -> int:
    spool = spool_of(place, host)
    try:
        return spool.depth()
    finally:
        spool.close()


class TestAway:
    """`With the database away: decisions go on from the last known state; outcomes are kept in a bounded local spool,
    and delivered when it is back`.
    """

    def test_decisions_go_on_and_outcomes_wait(
        self, lost: tuple[Place, Server], caplog: pytest.LogCaptureFixture
    ) -> None:
        place, server = lost
        caplog.set_level(logging.INFO, "resolver")
        with place.open(0) as one, place.open(1) as other:
            fail(one, times=3)
            until(lambda: other.resolve("layout", "worker_a").tier == "reasoning", 2)
            fail(one, "worker_b", times=1)
            with away(server):
                found = [fail(host, "worker_b", times=1)[0] for host in (one, other)]
                assert [(str(o.effect), o.strikes, o.rule, o.escalation) for o in found] == [
                    ("queued", 0, None, None)
                ] * 2
                assert other.resolve("layout", "worker_a").tier == "reasoning"
                assert other.escalations() == {KEY: "reasoning"}
                with pytest.raises(ResolverError, match="cannot use"):
                    one.lower("layout", "worker_a")
                assert depth(place, 0) == depth(place, 1) == 1
            until(lambda: one.resolve("layout", "worker_b").tier == "reasoning", 15)
            until(lambda: other.resolve("layout", "worker_b").tier == "reasoning", 15)
            until(lambda: depth(place, 0) == depth(place, 1) == 0, 5)
            assert [(str(e.what), e.subject.role) for e in one.history()] == [
                ("escalate", "worker_a"),
                ("escalate", "worker_b"),
            ]
            assert str(fail(one, "peer_1")[0].effect) == "count"
        for said in ("outcomes wait in", "is back; delivered outcomes: 1"):
            assert caplog.text.count(said) == 2, "one line for each host"

    @pytest.mark.parametrize("meanwhile", ["lowered", "escalated"])
    def test_late_delivery_neither_lowers_nor_raises_twice(
        self, shared: Place, meanwhile: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`ignored where the subject's generation has moved on (a person's lowering, an escalation)`: one host is cut
        off, and the others go on.
        """
        with shared.open(0) as one, shared.open(1) as cut:
            fail(one, times=3)
            until(lambda: cut.resolve("layout", "worker_a").tier == "reasoning", 2)
            before = cut.escalations()
            with monkeypatch.context() as patched:
                cut_off(cut, patched)
                assert [str(o.effect) for o in fail(cut, times=3) + fail(cut, "worker_b", times=3)] == ["queued"] * 6
                assert cut._store._known.entries() == before  # type: ignore[attr-defined]
                if meanwhile == "lowered":
                    one.lower("layout", "worker_a")
                fail(one, "worker_b", times=3)
            until(lambda: depth(shared, 1) == 0, 10)
            if meanwhile == "lowered":
                assert [e.what for e in one.history()] == ["escalate", "lower", "escalate"]
                assert KEY not in one.escalations()
            else:  # nobody has touched that entry, so three failures on the top are what they always are
                assert [e.what for e in one.history()] == ["escalate", "escalate", "hold"]
                assert one.escalations()[KEY] == "reasoning"
            assert one.streaks() == {}

    def test_what_waits_is_judged_in_its_order(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two failures, a success and a failure are one strike, and not two, three or four."""
        with shared.open(0) as one:
            with monkeypatch.context() as patched:
                cut_off(one, patched)
                fail(one, times=2)
                one.record_success("layout", "worker_a")
                fail(one)
            until(lambda: depth(shared) == 0, 10)
            assert one.streaks()[KEY].strikes == 1

    def test_full_spool_is_an_error(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """`a full spool is an error to the caller`, and what waits is none the worse for it."""
        with shared.open(0) as one:
            with monkeypatch.context() as patched:
                cut_off(one, patched)
                one._store._spool.most = 2  # type: ignore[attr-defined]
                fail(one, times=2)
                with pytest.raises(ResolverError, match=r"is full with 2 that wait"):
                    fail(one)
            until(lambda: depth(shared) == 0, 10)
            assert one.streaks()[KEY].strikes == 2

    def test_what_cannot_be_judged_is_put_aside(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An outcome of long ago does not hold up those behind it, and is not thrown away."""
        with shared.open(0) as one:
            with monkeypatch.context() as patched:
                cut_off(one, patched)
                with monkeypatch.context() as long_ago:
                    long_ago.setattr("resolver.state.sql.sql_store.time.time", lambda: 1e9)
                    fail(one)
                fail(one)
            until(lambda: depth(shared) == 0, 10)
            assert one.streaks()[KEY].strikes == 1
            assert caplog.text.count("is put aside in the spool: it is older than 7 days") == 1
            path = spool_of(shared).path
        with closing(sqlite3.connect(path)) as connection, connection:
            assert connection.execute("SELECT why FROM refused").fetchall() == [("it is older than 7 days",)]
        connection.close()


def cut_off(resolver: Resolver, patched: pytest.MonkeyPatch) -> None:
    """Keep one host from the database."""
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    def nothing(*_: object, **__: object) -> object:
        raise OperationalError("", {}, Exception("cut off"))

    store = resolver._store
    for engine in (store._database._alone, store._database.engine):  # type: ignore[attr-defined]
        patched.setattr(engine, "connect", nothing)


CRASH = """
import os, sys
from resolver import Resolver
from resolver.state.sql import database, delivery, spool, compare_and_swap as swap
where, path, state = sys.argv[1:]
owner, name, when = where.split()
owner = {"Spool": spool.Spool, "Database": database.Database, "Swapper": swap.Swapper}[owner]
old, calls = getattr(owner, name), 0
def dying(self, *args, **kwargs):
    global calls
    calls += 1
    if when == "before" and calls == 3:
        os.kill(os.getpid(), 9)
    result = old(self, *args, **kwargs)
    if when == "after" and calls == 3:
        os.kill(os.getpid(), 9)
    return result
setattr(owner, name, dying)
with Resolver.open(path, state=state) as resolver:
    import time
    time.sleep(20)
"""
STEPS = [
    f"{step} {when}" for step in ("Spool remove", "Database write", "Database knows") for when in ("before", "after")
]


CASES = [("sqlite", step) for step in [*STEPS, "Swapper swap before", "Swapper swap after"]]
CASES += [(kind, "Database write after") for kind in SHARED[1:]]


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
    spool.append(Queued(f"{sys.argv[2]}-{number}", 1, 0, report))
    os.write(1, f"{number}\\n".encode())
"""


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
        numbers = [int(queued.key[2:]) for queued in waiting if queued.key.startswith(who)]
        assert numbers == list(range(len(numbers)))
        assert count <= len(numbers) <= count + 1
    assert spool.depth() == len(waiting)
    spool.close()


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
            others.remove(others.oldest(1)[0])
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
