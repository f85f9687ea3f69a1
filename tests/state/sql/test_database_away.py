"""Decisions go on while the database is away, and outcomes reach it in their order once it is back."""

from __future__ import annotations

import logging
import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from resolver import ResolverError
from resolver.domain import Subject
from tests.servers import Server
from tests.state.conftest import SHARED, Place, place_of, with_clusters
from tests.state.own import fail
from tests.state.sql.cut_off import cut_off, depth, spool_of
from tests.state.sql.waiting import until

KEY = Subject("layout", "worker_a")


@contextmanager
def away(server: Server) -> Iterator[None]:
    """Take the database away from everybody, as a power cut would, and bring it back."""
    server.stop(signal.SIGKILL)
    try:
        yield
    finally:
        server.start()


@pytest.fixture(params=with_clusters(SHARED[1:]))
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Server]:
    """A state, and the server to take away."""
    return place_of(request.param, tmp_path, request.getfixturevalue), request.getfixturevalue(request.param)


class TestAway:
    """`With the database away: decisions go on from the last known state; outcomes are kept in a bounded local spool,
    and delivered when it is back`.
    """

    @pytest.mark.slow
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
        for said in (
            "outcomes wait in",
            "is back; outcomes delivered: 1, dropped because an entry had changed meanwhile: 0",
        ):
            assert caplog.text.count(said) == 2, "one line for each host"

    @pytest.mark.slow
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
                assert cut._store._entry_cache.entries() == before  # type: ignore[attr-defined]
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

    @pytest.mark.slow
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

    @pytest.mark.slow
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

    def test_late_outcome_waits_for_a_locked_spool(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """An outcome that has used up its deadline is queued once another process has written to the spool."""
        with shared.open(0) as resolver:
            with monkeypatch.context() as patched:
                cut_off(resolver, patched)
                database = resolver._store._database  # type: ignore[attr-defined]
                patched.setattr(database, "url", replace(database.url, deadline=0.1))
                fail(resolver)
                with closing(sqlite3.connect(spool_of(shared).path, isolation_level=None)) as other_process:
                    other_process.execute("BEGIN IMMEDIATE")
                    with ThreadPoolExecutor(1) as pool:
                        report = pool.submit(fail, resolver)
                        sleep(0.5)
                        other_process.execute("ROLLBACK")
                        assert [str(outcome.effect) for outcome in report.result()] == ["queued"]
            until(lambda: depth(shared) == 0, 10)
            assert resolver.streaks()[KEY].strikes == 2

    def test_what_cannot_be_judged_is_put_aside(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An outcome of long ago does not hold up those behind it, and is not thrown away."""
        with shared.open(0) as one:
            with monkeypatch.context() as patched:
                cut_off(one, patched)
                with monkeypatch.context() as long_ago:
                    long_ago.setattr("resolver.state.sql.sql_store.time", lambda: 1e9)
                    fail(one)
                fail(one)
            until(lambda: depth(shared) == 0, 10)
            assert one.streaks()[KEY].strikes == 1
            assert caplog.text.count("it is older than 7 days") == 1
            path = spool_of(shared).path
        with closing(sqlite3.connect(path)) as connection, connection:
            assert connection.execute("SELECT why FROM put_aside").fetchall() == [("it is older than 7 days",)]
        connection.close()
