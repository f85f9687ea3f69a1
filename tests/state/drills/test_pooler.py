"""Many hosts share few connections: through a PgBouncer in transaction mode, and without one."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import Resolver
from tests.servers import ROLE, PgBouncer, Postgres, Server, running
from tests.state.conftest import Place, place_on
from tests.state.drills.counting import SLACK, agree, check_counts, delivered
from tests.state.drills.deciding import Deciding
from tests.state.own import fail
from tests.state.sql.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

TRIADS, THREADS, REPORTS = 50, 4, 150
SECONDS_BETWEEN_POLLS = 5.0


def failures(resolver: Resolver, thread: int, effects: list[tuple[str, str]]) -> None:
    for number in range(REPORTS):
        error = f"{thread}-{number}"
        outcome = resolver.record_failure(f"t{number % TRIADS}", "worker_a", error=error)
        effects.append((error, str(outcome.effect)))


def test_all_reports_through_a_pooler_are_right(pgbouncer: PgBouncer, tmp_path: Path, deciding: Deciding) -> None:
    """Each of 600 reports of four threads is counted once, and a change made elsewhere arrives."""
    place = place_on(pgbouncer, tmp_path)
    hosts = [place.open(host) for host in range(3)]
    effects: list[tuple[str, str]] = []
    with deciding(hosts[0], "t0", "t1"):
        threads = [
            threading.Thread(target=failures, args=(hosts[thread % 3], thread, effects)) for thread in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(effects) == THREADS * REPORTS
    assert Counter(effect for _, effect in effects) == {
        "count": THREADS * REPORTS * 2 // 3,
        "escalate": TRIADS,
        "hold": THREADS * REPORTS // 3 - TRIADS,
    }
    check_counts(hosts[0], [error for error, _ in effects])
    with Resolver.open(place.policy(3), state=pgbouncer.behind.app(place.owner.rpartition("/")[2])) as direct:
        fail(direct, times=3, triad="late")
        until(lambda: hosts[0].resolve("late", "worker_a").tier == "reasoning", SECONDS_BETWEEN_POLLS + SLACK)
        agree(*hosts, direct)
    for host in hosts:
        host.close()


MANY = """
import json, sys, time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from resolver import Resolver
path, state, name, count = *sys.argv[1:4], int(sys.argv[4])
resolvers = [Resolver.open(path, state=state) for _ in range(count)]
print(json.dumps("open"), flush=True)
sys.stdin.readline()
def report(number):
    took, effects = [], []
    for at in range(3):
        started = time.monotonic()
        outcome = resolvers[number].record_failure(f"{name}-{number}", "worker_a", error=f"{name}-{number}-{at}")
        took.append(time.monotonic() - started)
        effects.append(str(outcome.effect))
    return effects, max(took)
with ThreadPoolExecutor(25) as pool:
    done = list(pool.map(report, range(count)))
effects = Counter(effect for effects, _ in done for effect in effects)
print(json.dumps([effects, max(took for _, took in done)]), flush=True)
sys.stdin.readline()
for resolver in resolvers:
    resolver.close()
"""


def test_four_hundred_resolvers_share_twenty_connections(
    pgbouncer: PgBouncer, tmp_path: Path, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """All of them report at once; all outcomes are acknowledged, and none waits for long."""
    place = place_on(pgbouncer, tmp_path)
    errors = (tmp_path / "errors").open("wb")
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", MANY, str(place.policy(at)), str(place.app), f"p{at}", "100"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        for at in range(4)
    ]

    ended = False

    def answers() -> list[object]:
        lines = [process.stdout.readline() for process in processes if process.stdout]
        assert all(lines), (tmp_path / "errors").read_text()[-2000:]
        return [json.loads(line) for line in lines]

    def go_on() -> None:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()

    try:
        assert answers() == ["open"] * 4
        with place.open(4) as watching:
            with deciding(watching, "p0-0", "p3-99"):
                go_on()
                results = answers()
                # A pool belongs to one database; those of earlier tests may still have connections.
                database = place.owner.rpartition("/")[2]
                backends = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}' AND datname = '{database}'"
                ((connections,),) = pgbouncer.ask(pgbouncer.root, backends)
            effects: Counter[str] = sum((Counter(found[0]) for found in results), Counter())  # type: ignore[index]
            record_property("longest_report_s", round(max(found[1] for found in results), 3))  # type: ignore[index]
            assert set(effects) <= {"count", "escalate", "queued"}
            assert effects.total() == 1_200
            assert isinstance(connections, int)
            assert connections <= PgBouncer.pool
            expected = [f"p{at}-{number}-{n}" for at in range(4) for number in range(100) for n in range(3)]
            until(lambda: sum(len(event.errors) for event in watching.history()) == len(expected), 10)
            check_counts(watching, expected)
        go_on()
        ended = True
    finally:
        for process in processes:
            if not ended:
                process.kill()
            process.communicate(timeout=60)
        errors.close()


class Small(Postgres):
    def command(self) -> list[str]:
        return [*super().command(), "-c", "max_connections=100"]


def connections_of(server: Server) -> int:
    ((count,),) = server.ask(server.root, f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'")
    assert isinstance(count, int)
    return count


def test_processes_that_start_together_need_one_connection_each(tmp_path: Path, deciding: Deciding) -> None:
    """Of a hundred connections, PostgreSQL keeps three: 90 resolvers start, and their reports do not queue.

    Seven are left for processes that have a second one for a few seconds.
    """
    with running(Small) as server:
        place = place_on(server, tmp_path)
        hosts: list[Resolver] = []
        try:
            for at in range(90):
                until(lambda: connections_of(server) <= len(hosts) + 3, 30)  # a slow machine starts them more slowly
                hosts.append(place.open())
                assert str(fail(hosts[-1], triad=f"t{at}")[0].effect) == "count"
            with deciding(hosts[0]):
                until(lambda: connections_of(server) <= len(hosts), 30)
                effects = [str(fail(host, triad=f"t{at}")[0].effect) for at, host in enumerate(hosts)]
            assert set(effects) == {"count"}
            assert {streak.strikes for streak in hosts[0].streaks().values()} == {2}
        finally:
            for host in hosts:
                host.close()


def test_outcomes_of_a_host_whose_pooler_is_gone_are_dropped_or_delivered_and_said(
    pgbouncer: PgBouncer, tmp_path: Path, caplog: pytest.LogCaptureFixture, deciding: Deciding
) -> None:
    """Another host has escalated meanwhile: what waited for that entry is dropped, and the log counts both."""
    caplog.set_level("INFO", "resolver")
    place = place_on(pgbouncer, tmp_path)
    direct = Place(place.kind, tmp_path, pgbouncer.behind.app(place.owner.rpartition("/")[2]), place.owner)
    with place.open(0) as cut, direct.open(1) as other:
        fail(other)
        with deciding(cut), pgbouncer.away():
            effects = [str(outcome.effect) for outcome in fail(cut, times=3) + fail(cut, times=1, triad="more")]
            assert effects == ["queued"] * 4
            assert [str(outcome.effect) for outcome in fail(other, times=2)] == ["count", "escalate"]
        delivered(cut)
        until(lambda: "is back" in caplog.text, 10)
        assert [str(event.what) for event in other.history()] == ["escalate"]
        assert {str(subject) for subject in other.streaks()} == {"more:worker_a"}
    lines = [record.getMessage() for record in caplog.records if "is back" in record.getMessage()]
    assert len(lines) == 1
    assert "delivered: 1" in lines[0]
    assert ": 3, put aside: 0" in lines[0]
    assert sum(record.levelname == "WARNING" for record in caplog.records) == 1
