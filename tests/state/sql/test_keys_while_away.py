"""A report with a key counts once, also if it or its repeats wait while the database is away."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver import Resolver
from resolver.domain import Outcome, Subject
from resolver.state.report_key import kept_key
from resolver.state.sql.database import Database
from resolver.state.sql.spool import _HAS_KEY, Queued, Spool
from resolver.table import Report
from tests.servers import ROLE
from tests.state.conftest import SHARED, Place, place_of
from tests.state.sql.cut_off import cut_off, depth
from tests.state.sql.test_compare_and_swap import error
from tests.state.sql.test_database_away import away
from tests.state.sql.test_put_aside import look_again, owner_runs, spool
from tests.state.sql.waiting import until
from tests.state.test_report_keys import REPORTS, _report, shown

EXAMPLES = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 4

KEY = Subject("layout", "worker_a")


def fail(resolver: Resolver, key: str | None = None, role: str = "worker_a", **more: Any) -> Outcome:
    return resolver.record_failure("layout", role, error="no", key=key, **more)


def delivered(*resolvers: Resolver) -> None:
    """Wait until nothing waits, and reports go to the database again."""
    for resolver in resolvers:
        store: Any = resolver._store
        until(lambda of=store: not of._spool.depth() and of._availability.can_be_asked, 20)  # type: ignore[misc]


def strikes(resolver: Resolver) -> dict[str, int]:
    return {subject.role: streak.strikes for subject, streak in resolver.streaks().items()}


class TestWaiting:
    """`A repeat while the first waits must not queue a second that counts.`"""

    def test_repeat_of_what_waits_is_not_queued(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        with shared.open() as resolver:
            with monkeypatch.context() as patched:
                cut_off(resolver, patched)
                outcomes = [fail(resolver, "k") for _ in range(3)]
                assert [(str(o.effect), o.repeated) for o in outcomes] == [("queued", False)] + [("queued", True)] * 2
                assert "under the same key" in outcomes[1].because
                assert [fail(resolver).repeated for _ in range(2)] == [False, False]
                assert depth(shared) == 3
            delivered(resolver)
            assert resolver.escalations() == {KEY: "reasoning"}
            again = fail(resolver, "k")
            assert (str(again.effect), again.repeated) == ("ignore", True)
            assert [event.what for event in resolver.history()] == ["escalate"]

    def test_key_that_waits_on_two_hosts_counts_once(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        with shared.open(0) as one, shared.open(1) as other:
            with monkeypatch.context() as patched:
                for resolver in (one, other):
                    cut_off(resolver, patched)
                    assert not fail(resolver, "k").repeated
            delivered(one, other)
            assert strikes(one) == {"worker_a": 1}

    def test_repeat_waits_of_what_was_written(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whether the database has the key cannot be known; the repeat is queued, and counts nothing."""
        with shared.open() as resolver:
            fail(resolver, "k")
            with monkeypatch.context() as patched:
                cut_off(resolver, patched)
                assert str(fail(resolver, "k").effect) == "queued"
            delivered(resolver)
            assert strikes(resolver) == {"worker_a": 1}

    def test_what_changed_nothing_is_known_after_its_delivery(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A success without a streak waited, and would end a later one."""
        with shared.open() as resolver:
            with monkeypatch.context() as patched:
                cut_off(resolver, patched)
                resolver.record_success("layout", "worker_a", key="success")
                fail(resolver, "capacity", kind="capacity")
            delivered(resolver)
            fail(resolver)
            assert resolver.record_success("layout", "worker_a", key="success").repeated
            assert fail(resolver, "capacity").repeated
            assert strikes(resolver) == {"worker_a": 1}

    def test_what_was_dropped_is_known(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """A failure of the entry before does not count for the next one, whoever repeats it."""
        with shared.open(0) as one, shared.open(1) as other:
            with monkeypatch.context() as patched:
                cut_off(other, patched)
                assert str(fail(other, "late").effect) == "queued"
                for _ in range(3):
                    fail(one)
            delivered(one, other)
            assert strikes(one) == {}
            assert fail(one, "late").repeated
            assert strikes(one) == {}

    def test_two_of_one_key_in_one_batch(self, shared: Place) -> None:
        """However they got into the spool, with another between them that is the first of its key."""
        with shared.open() as resolver:
            resolver._store._follower.stop()  # type: ignore[attr-defined]
            queue: Spool = spool(resolver)
            report = Report(KEY, None, {}, failed=True)
            for name in ("a", "b"):
                queue.append(Queued(kept_key(name), 2**31, 0, report))
            with closing(sqlite3.connect(queue.path, isolation_level=None)) as connection:
                connection.execute(
                    "INSERT INTO queued (key, time, generation, report) "
                    "SELECT key, time, generation, report FROM queued"
                )
            assert queue.depth() == 4
            resolver._store._delivery.deliver()  # type: ignore[attr-defined]
            assert queue.depth() == 0
            assert strikes(resolver) == {"worker_a": 2}


def test_spool_knows_keys_of_callers(tmp_path: Path) -> None:
    """A key waits once, also after it was put aside to be tried again; keys of this program are not compared."""
    queue = Spool(tmp_path / "spool.db")
    queued = Queued(kept_key("a"), 5, 0, Report(KEY, None, {}, failed=True))
    assert [queue.append(queued) for _ in range(2)] == [True, False]
    (waiting,) = queue.oldest(5)
    queue.put_aside(waiting, "why", may_work=True)
    assert (queue.append(queued), queue.has_key(queued.key), queue.depth()) == (False, True, 0)
    assert queue.requeue() == 1
    (waiting,) = queue.oldest(5)
    queue.put_aside(waiting, "why", may_work=False)
    assert not queue.has_key(queued.key), "it is never tried again by itself"
    assert queue.append(queued)
    mine = Queued("0" * 32, 5, 0, Report(KEY, None, {}, failed=True))
    assert [queue.append(mine) for _ in range(2)] == [True, True]
    with closing(sqlite3.connect(queue.path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {_HAS_KEY}", (queued.key,) * 2).fetchall()
    assert not any("SCAN queued" in str(line) for line in plan)
    queue.close()


@pytest.mark.slow
@pytest.mark.parametrize("right", ["INSERT ON resolver_outcome", "UPDATE ON resolver_subject"])
def test_repeat_of_what_was_put_aside(
    right: str, served: Place, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not put aside twice, and counts once when the right is there; outcomes without effect hold up none."""
    run = owner_runs(served, request)
    with served.open() as resolver:
        fail(resolver)
        run(f"REVOKE {right} FROM {ROLE}")
        outcomes = [fail(resolver, "k") for _ in range(2)]
        assert [(str(o.effect), o.repeated) for o in outcomes] == [("queued", False), ("queued", True)]
        with monkeypatch.context() as patched:
            cut_off(resolver, patched)
            assert fail(resolver, "k").repeated
            resolver.record_success("other", "worker_a", key="s")
            fail(resolver, "capacity", kind="capacity")
        until(lambda: spool(resolver).depth() == 0, 10)
        expected = 3 if "outcome" in right else 1
        assert spool(resolver).put_aside_count() == expected
        run(f"GRANT {right} TO {ROLE}")
        look_again(resolver)
        until(lambda: spool(resolver).put_aside_count() == 0 and spool(resolver).depth() == 0, 20)
        assert strikes(resolver) == {"worker_a": 2}
        assert fail(resolver, "k").repeated
        assert resolver.record_success("other", "worker_a", key="s").repeated


@pytest.mark.parametrize("name", ["write", "write_keys"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_connection_that_is_lost_around_the_write(
    shared: Place, name: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report that was written is answered as the first, and not as a repeat of itself."""
    write, left = getattr(Database, name), [0]

    def losing(self: Database, *what: Any) -> Any:
        is_losing, left[0] = left[0] > 0, 0
        if is_losing and when == "before":
            raise error(lost=True)
        after = write(self, *what)
        if is_losing:
            raise error(lost=True)
        return after

    monkeypatch.setattr(Database, name, losing)
    with shared.open() as resolver:
        for key, kind in (("a", "task"), ("b", "capacity"), ("c", "task")):
            left[0] = 1
            outcome = fail(resolver, key, kind=kind)
            assert (str(outcome.effect), outcome.repeated) == ("ignore" if kind == "capacity" else "count", False)
            assert fail(resolver, key, kind=kind).repeated
        assert strikes(resolver) == {"worker_a": 2}


@pytest.mark.parametrize("effect", ["count", "ignore"])
def test_key_that_another_host_writes_in_between(shared: Place, effect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that comes second is a repeat, although it had found no such key."""
    kind = "task" if effect == "count" else "capacity"
    with shared.open(0) as one, shared.open(1) as other:
        known = Database.known

        def slow(self: Database, *what: Any) -> set[str]:
            found: set[str] = known(self, *what)
            if self is one._store._database:  # type: ignore[attr-defined]
                monkeypatch.setattr(Database, "known", known)
                assert not fail(other, "k", kind=kind).repeated
            return found

        monkeypatch.setattr(Database, "known", slow)
        assert fail(one, "k", kind=kind).repeated
        assert strikes(one) == ({"worker_a": 1} if effect == "count" else {})


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED[1:])
def test_server_that_is_killed_in_between(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each report is repeated before, while and after its server is away, on both hosts, and counts once."""
    server = request.getfixturevalue(kind)
    place = place_of(kind, tmp_path, request.getfixturevalue)
    with place.open(0) as one, place.open(1) as other:
        fail(one, "a")
        with away(server):
            for resolver in (one, other):
                fail(resolver, "a")
                fail(resolver, "b")
        delivered(one, other)
        for resolver in (one, other):
            assert [fail(resolver, key).repeated for key in "ab"] == [True, True]
        assert strikes(one) == {"worker_a": 2}


SCHEDULES = st.lists(st.booleans(), min_size=12, max_size=12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED)
def test_repeats_change_nothing_while_the_database_comes_and_goes(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The state is that of the same reports at the same times, each once; repeats come at any time, after restarts."""

    def run(
        reports: list[tuple[str, str | None, str, bool]], outages: list[bool], repeats: Callable[[int], list[int]]
    ) -> tuple[object, ...]:
        place = place_of(kind, tmp_path_factory.mktemp("s"), request.getfixturevalue)
        resolver = place.open()
        with pytest.MonkeyPatch.context() as patch:
            for number, (report, is_out) in enumerate(zip(reports, outages, strict=False)):
                if not is_out:
                    patch.undo()
                    delivered(resolver)
                else:
                    cut_off(resolver, patch)
                _report(resolver, report, str(number))
                for again in repeats(number):
                    _report(resolver, reports[again], str(again))
                if not is_out and repeats(-1):
                    resolver.close()
                    resolver = place.open()
            patch.undo()
        resolver.close()
        with place.open() as resolver:
            delivered(resolver)
            return shown(resolver)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(reports=REPORTS, outages=SCHEDULES, data=st.data())
    def check(reports: list[tuple[str, str | None, str, bool]], outages: list[bool], data: st.DataObject) -> None:
        def repeats(number: int) -> list[int]:
            return data.draw(st.lists(st.integers(0, max(number, 0)), max_size=3))

        assert run(reports, outages, repeats) == run(reports, outages, lambda _: [])

    check()
