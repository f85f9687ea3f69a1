"""Outcomes that cannot be written are put aside with their reason, and come back when the setup is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Resolver
from resolver.domain import Subject
from resolver.state.sql import spool as spool_module
from resolver.state.sql.spool import Queued, Spool
from resolver.table import Report
from tests.servers import ROLE, Server
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.waiting import until

KEY = ("layout", "worker_a")
TABLES = ["resolver_history", "resolver_clock", "resolver_outcome", "resolver_subject"]


def spool(resolver: Resolver) -> Spool:
    found: Spool = resolver._store._spool  # type: ignore[attr-defined]
    return found


def look_again(resolver: Resolver) -> None:
    resolver._store._to_requeue = 0  # type: ignore[attr-defined]
    resolver._store._follower.wake()  # type: ignore[attr-defined]


def owner_runs(place: Place, request: pytest.FixtureRequest) -> Callable[[str], None]:
    server: Server = request.getfixturevalue(place.kind)
    return lambda statement: server.run(place.owner, statement)


@pytest.mark.slow
def test_missing_right_holds_up_no_other_outcome(
    served: Place, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """`An outcome that cannot be written is put aside with its reason and does not block those behind it.`"""
    run = owner_runs(served, request)
    with served.open(0) as one, served.open(1) as other:
        run(f"REVOKE INSERT ON resolver_history FROM {ROLE}")
        effects = [str(outcome.effect) for outcome in fail(one, times=3)]
        assert effects == ["count", "count", "queued"]
        assert str(one.record_failure("other", "worker_a").effect) == "count"
        assert (spool(one).depth(), spool(one).put_aside_count()) == (0, 1)
        ((why, count),) = spool(one).reasons().items()
        assert count == 1
        assert f"GRANT INSERT ON resolver_history TO {ROLE}" in why or "resolver_history" in why
        fail(one)
        assert caplog.text.count("cannot be written and is put aside") == 1, "each reason once"
        assert one.resolve(*KEY).tier == "general"
        look_again(one)
        until(lambda: one._store._to_requeue > monotonic(), 5)  # type: ignore[attr-defined]
        assert spool(one).put_aside_count() == 2, "nothing is tried while the right is missing"
        run(f"GRANT INSERT ON resolver_history TO {ROLE}")
        look_again(one)
        until(lambda: spool(one).put_aside_count() == 0 and spool(one).depth() == 0, 10)
        for resolver in (one, other):
            until(lambda of=resolver: of.resolve(*KEY).tier == "reasoning", 10)  # type: ignore[misc]
        assert [event.what for event in one.history()] == ["escalate"]


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_missing_table_raises_nothing(table: str, served: Place, request: pytest.FixtureRequest) -> None:
    """Whatever table is away, no report raises an error, and none is lost."""
    run = owner_runs(served, request)
    with served.open() as one:
        fail(one)
        run(f"ALTER TABLE {table} RENAME TO hidden")
        for _ in range(4):
            assert str(fail(one, times=1)[0].effect) in ("count", "queued")
        assert one.resolve(*KEY).tier in ("general", "reasoning")
        run(f"ALTER TABLE hidden RENAME TO {table}")
        look_again(one)
        until(lambda: spool(one).put_aside_count() == 0 and spool(one).depth() == 0, 20)
        until(lambda: one.resolve(*KEY).tier == "reasoning", 10)


def test_opening_tries_again_what_was_put_aside(shared: Place) -> None:
    with shared.open() as one:
        report = Report(Subject(*KEY), None, {}, failed=True)
        spool(one).put_aside(Queued("k" * 32, 2**31, 0, report), "a right was missing", may_work=True)
    with shared.open() as one:
        until(lambda: spool(one).put_aside_count() == 0 and spool(one).depth() == 0, 10)
        assert one.streaks()[Subject(*KEY)].strikes == 1


MOVES = st.lists(
    st.sampled_from(["append", "aside", "aside for good", "aside from queue", "requeue", "remove"]), max_size=30
)


@given(moves=MOVES)
def test_outcomes_are_in_one_place(moves: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each outcome waits, is put aside or has left; those put aside are bounded, and the oldest go first."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(spool_module, "MOST_PUT_ASIDE", 3)
        queue = Spool(Path(tmp_path_factory.mktemp("spool")) / "spool.db", most=4)
        waiting: list[str] = []
        aside: list[tuple[str, bool]] = []
        for number, move in enumerate(moves):
            key = f"{number:032}"
            queued = Queued(key, 5, number, Report(Subject("t", "worker_a"), None, {}, failed=True))
            if move == "append" and len(waiting) < 4:
                queue.append(queued)
                waiting.append(key)
            elif move == "aside from queue" and waiting:
                queue.put_aside(queue.oldest(1)[0], "why", may_work=True)
                aside.append((waiting.pop(0), True))
            elif move.startswith("aside") and move != "aside from queue":
                queue.put_aside(queued, move, may_work=move == "aside")
                aside.append((key, move == "aside"))
            elif move == "requeue":
                room = 4 - len(waiting)
                going = [key for key, may_work in aside if may_work][:room]
                assert queue.requeue() == len(going)
                waiting += going
                aside = [each for each in aside if each[0] not in going]
            elif move == "remove":
                queue.remove(queue.oldest(1))
                waiting = waiting[1:]
            aside = aside[-3:]
            assert [each.key for each in queue.oldest(10)] == waiting
            assert queue.depth() == len(waiting)
            assert queue.put_aside_count() == len(aside) == sum(queue.reasons().values())
        queue.close()
