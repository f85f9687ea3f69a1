"""Hosts on the nodes of a Galera cluster: conflicts that show only at the commit, and nodes that go.

Nodes take writes without asking each other. Of two that change the same row, the later one is undone when it commits.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from resolver import Resolver
from tests.servers import Galera
from tests.state.conftest import place_on
from tests.state.drills.counting import DEADLINE, SLACK, agree, check_counts, delivered
from tests.state.drills.deciding import Deciding
from tests.state.own import fail
from tests.state.sql.test_hosts import HOSTS, Hosts, check
from tests.state.sql.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
ROUNDS = 150
SECONDS_OF_LOAD = 6.0


@pytest.mark.parametrize("same", [True, False], ids=["same-subjects", "different-subjects"])
def test_conflicts_at_commit_lose_nothing(
    same: bool, galera: Galera, tmp_path: Path, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """Three hosts, each on a node of its own, report at the same moment; each outcome is counted once."""
    place = place_on(galera, tmp_path)
    reports: list[tuple[str, str]] = []
    longest = [0.0]
    together = threading.Barrier(3)

    def report(host: Resolver, name: int) -> None:
        for number in range(ROUNDS):
            triad = f"t{number // 3}" if same else f"t{number // 3}-{name}"
            together.wait(60)
            started = time.monotonic()
            outcome = host.record_failure(triad, "worker_a", error=f"{name}-{number}")
            longest[0] = max(longest[0], time.monotonic() - started)
            reports.append((f"{name}-{number}", str(outcome.effect)))

    with ExitStack() as stack:
        hosts = [stack.enter_context(place.open(host)) for host in range(3)]
        with deciding(hosts[0], "t0", "t0-0"):
            threads = [threading.Thread(target=report, args=(host, name)) for name, host in enumerate(hosts)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        record_property("longest_report_s", round(longest[0], 3))
        print(f"longest report: {longest[0]:.3f} s; effects: {Counter(effect for _, effect in reports)}")
        assert len(reports) == 3 * ROUNDS
        delivered(*hosts)
        check_counts(hosts[0], [error for error, _ in reports])
        subjects = ROUNDS // 3 * (1 if same else 3)
        assert sum(str(event.what) == "escalate" for event in hosts[0].history()) == subjects
        agree(*hosts)
        keys = galera.ask(place.owner, "SELECT COUNT(*) FROM resolver_outcome")
        assert keys == [(len(reports),)], "each outcome left its key"
    assert longest[0] < DEADLINE + SLACK


@pytest.mark.parametrize("how", ["killed", "cut_off", "frozen"])
def test_no_outcome_is_lost_when_a_node_goes(how: str, galera: Galera, tmp_path: Path, deciding: Deciding) -> None:
    """Eight hosts write on, while a node is killed, cut off from the others, or stopped, and comes back."""
    place = place_on(galera, tmp_path)
    hosts = Hosts(place)
    ways: dict[str, AbstractContextManager[None]] = {
        "killed": galera.killed(1),
        "cut_off": galera.cut_off(1),
        "frozen": galera.nodes[1].frozen(),
    }
    with place.open(HOSTS) as watching, deciding(watching, "t0", "t1"):
        until(lambda: hosts.acknowledged() > 200, 60)
        with ways[how]:
            time.sleep(SECONDS_OF_LOAD)
        galera.agree()
        acknowledged = hosts.acknowledged()
        until(lambda: hosts.acknowledged() > acknowledged + 200, 60)
    for host in range(HOSTS):
        hosts.kill(host)
    check(place, hosts)


@pytest.mark.parametrize("how", ["cut_off", "frozen"])
def test_a_host_on_a_node_that_is_gone_queues_within_its_deadline(
    how: str, galera: Galera, tmp_path: Path, deciding: Deciding, record_property: Callable[[str, object], None]
) -> None:
    """A node outside the primary component refuses or does not answer: that is a database that is away."""
    place = place_on(galera, tmp_path)
    longest = 0.0
    with place.open(1) as host, place.open(0) as other:
        fail(host)
        with deciding(host), galera.cut_off(1) if how == "cut_off" else galera.nodes[1].frozen():
            for number in range(1, 3):
                started = time.monotonic()
                assert str(host.record_failure("layout", "worker_a", error=f"error {number}").effect) == "queued"
                took = time.monotonic() - started
                longest = max(longest, took)
                assert took < DEADLINE + SLACK
            record_property("longest_report_s", round(longest, 3))
            until(lambda: str(fail(other, "peer_1")[0].effect) == "count", 15)
        galera.agree()
        delivered(host, seconds=30)
        assert [event.errors for event in host.history()] == [("error 0", "error 1", "error 2")]
        agree(host, other)
