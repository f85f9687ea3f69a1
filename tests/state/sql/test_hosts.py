"""Eight processes as hosts on one database: processes and connections are killed, and the server is, in between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from resolver import Resolver
from resolver.domain import Subject
from resolver.state.sql.spool import Spool
from tests.servers import Server
from tests.state.conftest import SHARED, Place, place_of, with_clusters
from tests.state.drills.deciding import Deciding
from tests.state.sql.waiting import until

HOSTS = 8
OUTCOMES = 20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 1_500
ROLES = ["worker_a", "code_execution", "peer_1", "nobody", "orchestrator"]

# Each outcome is written down before it is reported and after it was acknowledged, under a number of its own, which is
# the error that the history keeps. Every outcome is a failure, so that every three of a subject are one event.
WRITER = """
import os, random, sys
from resolver import Resolver
path, state, log, seed, triads = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
choose = random.Random(seed)
out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
with Resolver.open(path, state=state) as resolver:
    number = 0
    while True:
        number += 1
        triad, role = f"t{choose.randrange(triads)}", choose.choice(ROLES)
        os.write(out, f"? {seed}-{number} {triad} {role}\\n".encode())
        outcome = resolver.record_failure(triad, role, error=f"{seed}-{number}")
        os.write(out, f"! {outcome.effect}\\n".encode())
""".replace("ROLES", repr(ROLES))


class Hosts:
    """Writers that are started again whenever they are killed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.logs = [place.folder / f"host{at}.log" for at in range(HOSTS)]
        self.seed = 0
        self.running = [self.start(at) for at in range(HOSTS)]

    def start(self, at: int) -> subprocess.Popen[bytes]:
        self.seed += 1
        arguments = [str(self.place.policy(at)), str(self.place.url(at)), str(self.logs[at]), str(self.seed), "40"]
        with (self.place.folder / "errors").open("ab") as errors:
            return subprocess.Popen([sys.executable, "-W", "ignore", "-c", WRITER, *arguments], stderr=errors)

    def kill(self, at: int) -> None:
        self.running[at].kill()
        self.running[at].wait()

    def have_started(self) -> bool:
        return all(log.exists() for log in self.logs)

    def acknowledged(self) -> int:
        return sum(log.read_bytes().count(b"\n!") for log in self.logs if log.exists())


@pytest.mark.slow
@pytest.mark.parametrize("kind", with_clusters(SHARED, "replicated"))
def test_no_acknowledged_outcome_is_lost_or_counted_twice(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, deciding: Deciding
) -> None:
    """`8 processes as "hosts", processes and database connections killed at random, the database stopped and started in
    between: no acknowledged outcome lost, none counted twice, all hosts agree at the end`.
    """
    place = place_of(kind, tmp_path, request.getfixturevalue)
    server: Server | None = None if kind == "sqlite" else request.getfixturevalue(kind)
    hosts = Hosts(place)
    try:
        with place.open(HOSTS) as watching, deciding(watching, "t0", "t1"):
            disturb(hosts, server)
    finally:
        for at in range(HOSTS):
            hosts.kill(at)
    assert hosts.acknowledged() >= OUTCOMES
    check(place, hosts)


def disturb(hosts: Hosts, server: Server | None) -> None:
    """Kill hosts, connections and the server at random until there are enough outcomes."""
    choose = random.Random(5)
    stops, kills, cuts, end = 0, 0, 0, time.monotonic() + (900 if OUTCOMES > 5_000 else 120)
    while ((done := hosts.acknowledged()) < OUTCOMES or not hosts.have_started()) and time.monotonic() < end:
        time.sleep(choose.uniform(0.2, 0.6))
        at = choose.randrange(HOSTS)
        if server is not None and done > OUTCOMES * (stops + 1) // 4 and stops < 3:
            server.stop(choose.choice([signal.SIGKILL, server.quickly]))
            time.sleep(choose.uniform(0.2, 1.5))
            server.start()
            stops += 1
        elif server is not None and choose.random() < 0.4:
            engine = create_engine(server.root)
            server.cut(engine)
            engine.dispose()
            cuts += 1
        elif server is None or choose.random() < 0.5:
            hosts.kill(at)
            kills += 1
            hosts.running[at] = hosts.start(at)
        for host, process in enumerate(hosts.running):
            if process.poll() is not None:  # it could not start while the database was away
                hosts.running[host] = hosts.start(host)
        assert hosts.seed < 500, (hosts.place.folder / "errors").read_text()[-2000:]
    assert kills + cuts
    assert server is None or stops


def check(place: Place, hosts: Hosts) -> None:
    with ExitStack() as stack:
        compare([stack.enter_context(place.open(at)) for at in range(HOSTS)], hosts)


def compare(opened: list[Resolver], hosts: Hosts) -> None:
    for resolver in opened:
        until(partial(is_delivered, resolver), 180)
    history, streaks = opened[0].history(), opened[0].streaks()
    acknowledged, open_, effects = told(hosts.logs)
    counted = Counter(error for event in history for error in event.errors)
    counted += Counter(error for streak in streaks.values() for error in streak.errors)
    assert {error: times for error, times in counted.items() if times > 1} == {}, "counted twice"
    assert set(acknowledged) - set(counted) - dropped(history, acknowledged) == set(), "lost"
    assert set(counted) <= set(acknowledged) | open_, "counted, and nobody reported it"
    assert [event for event in history if len(event.errors) != 3] == []
    events = Counter(str(event.what) for event in history)
    assert effects["escalate"] + effects["hold"] <= events.total()
    escalated = {event.subject: event.to_tier for event in history if event.what == "escalate"}
    assert events["escalate"] == len(escalated), "no subject of this policy has two steps to go"
    agree(opened, escalated)


def is_delivered(resolver: Resolver) -> bool:
    spool: Spool = resolver._store._spool  # type: ignore[attr-defined]
    return not spool.depth()


def agree(opened: list[Resolver], escalated: dict[Subject, str | None]) -> None:
    for resolver in opened:
        assert resolver.escalations() == escalated
        for subject, tier in escalated.items():
            assert resolver.resolve(subject.triad, subject.role).tier == tier
        resolver.close()


def dropped(history: object, acknowledged: dict[str, tuple[str, str]]) -> set[str]:
    """Outcomes that waited, and may have been dropped because their subject was escalated meanwhile."""
    escalated = {(e.subject.triad, e.subject.role) for e in history if e.what == "escalate"}  # type: ignore[attr-defined]
    return {
        n for n, (effect, subject) in acknowledged.items() if effect == "queued" and tuple(subject.split()) in escalated
    }


def told(logs: list[Path]) -> tuple[dict[str, tuple[str, str]], set[str], Counter[str]]:
    """What was acknowledged, with effect and subject, what a kill left open, and how often there was which effect."""
    acknowledged: dict[str, tuple[str, str]] = {}
    open_: set[str] = set()
    effects: Counter[str] = Counter()
    for log in logs:
        pending, subject = "", ""
        for line in log.read_text().splitlines():
            mark, first, *rest = line.split()
            if mark == "?":
                open_ |= {pending} if pending else set()
                pending, subject = first, " ".join(rest)
            else:
                acknowledged[pending] = first, subject
                effects[first] += 1
                pending = ""
        open_ |= {pending} if pending else set()
    return acknowledged, open_, effects
