"""Reports with keys count once each, whatever step a process is killed in, and whoever repeats them afterwards."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from resolver.domain import Subject
from tests.state.conftest import Place
from tests.state.sql.cut_off import depth
from tests.state.sql.waiting import until

IS_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
ROUNDS, SUBJECTS = (60, 90) if IS_NIGHTLY else (7, 12)
REPORTER = """
import os, random, signal, sys
from resolver import Resolver
path, state, log, seed, step = sys.argv[1:6]
subjects = sys.argv[6].split()
choose = random.Random(int(seed))
from resolver.state import journal, replace, file_store
names = {"Journal": journal.Journal, "replace": replace}
if state:
    from resolver.state.sql import compare_and_swap, connections, database, spool
    from resolver.state.sql.state_url import DatabaseUnavailableError
    names |= {"Database": database.Database, "Spool": spool.Spool, "CompareAndSwap": compare_and_swap.CompareAndSwap}
    is_away, take = False, connections.Connections.take
    def taken(self, *args, **kwargs):
        if is_away:
            raise DatabaseUnavailableError("away")
        return take(self, *args, **kwargs)
    connections.Connections.take = taken
if step:
    owner, name, when = step.split()
    old, left = getattr(names[owner], name), choose.randrange(1, 4)
    def dying(*args, **kwargs):
        global left
        left -= 1
        if when == "before" and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = old(*args, **kwargs)
        if when == "after" and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(names[owner], name, dying)
    if owner == "replace":
        setattr(file_store, name, dying) if hasattr(file_store, name) else None
done = open(log).read().count("!")
out = os.open(log, os.O_WRONLY | os.O_APPEND)
with Resolver.open(path, state=state or None) as resolver:
    for number in range(max(0, done - 5), min(done + 6, len(subjects))):
        if state and choose.random() < 0.3:
            is_away = not is_away
        triad = subjects[number]
        outcome = resolver.record_failure(triad, "worker_a", error="no", key=f"{number}")
        if choose.random() < 0.2:
            resolver.record_failure(triad, "worker_a", error="no", key=f"{number}")
        resolver.record_success("idle", "worker_b", key=f"s{number}")
        os.write(out, b"!" if number >= done else b"")
    if state:
        is_away = False
"""
STEPS_OF_FILES = ["Journal keep", "Journal first_outcome", "Journal intend", "Journal settle", "replace exchange"]
STEPS_OF_DATABASES = [
    *("Database known", "Database write", "Database write_keys", "Database stored"),
    *("Spool append", "Spool remove", "CompareAndSwap done"),
]


@pytest.mark.slow
def test_reports_that_are_repeated_after_kills_count_once(place: Place, tmp_path: Path) -> None:
    """Up to three failures of a subject are strikes or one escalation; each process repeats those before its own."""
    choose = random.Random(11)
    subjects = [f"t{number}" for number in range(SUBJECTS) for _ in range(choose.randint(1, 3))]
    choose.shuffle(subjects)
    log = tmp_path / "log"
    log.touch()
    steps = STEPS_OF_FILES if place.app is None else STEPS_OF_DATABASES
    killed = 0
    for seed in range(3 * ROUNDS):
        if seed >= ROUNDS and log.read_text() == "!" * len(subjects):
            break
        step = f"{steps[seed % len(steps)]} {choose.choice(['before', 'after'])}" if seed < ROUNDS else ""
        arguments = [str(place.policy()), place.url() or "", str(log), str(seed), step, " ".join(subjects)]
        command = [sys.executable, "-W", "ignore", "-c", REPORTER, *arguments]
        code = subprocess.run(command, timeout=120, check=False).returncode
        assert code in (0, -9)
        killed += code == -9
    assert log.read_text() == "!" * len(subjects)
    assert killed >= 2, "many steps of the rounds are reached, which depends on threads"
    with place.open() as resolver:
        if place.app is not None:
            until(lambda: depth(place) == 0, 20)
        counts = Counter(subjects)
        assert {s.triad: streak.strikes for s, streak in resolver.streaks().items()} == {
            triad: count for triad, count in counts.items() if count < 3
        }
        assert resolver.escalations() == {
            Subject(triad, "worker_a"): "reasoning" for triad, count in counts.items() if count == 3
        }
        assert [event.what for event in resolver.history()] == ["escalate"] * len(resolver.escalations())
        if place.app is None:
            lines = [json.loads(line) for line in resolver.outcomes()]
            assert Counter(line["triad"] for line in lines if line["role"] == "worker_a") == counts
