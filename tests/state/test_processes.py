"""Eight writers and two readers on one policy, and writers that are killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from resolver import Resolver
from resolver.domain import Subject
from tests.state.own import STATE, left_over, own_policy

WRITERS, READERS = 8, 2
OUTCOMES = 10_000
TRIADS = 40

# Each outcome is written down before it is reported and after it was acknowledged: a kill leaves at most one open.
WRITER = """
import os, random, sys
from resolver import Resolver
path, log, seed, triads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
choose = random.Random(seed)
out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
roles = ["worker_a", "code_execution", "peer_1", "nobody", "orchestrator"]
with Resolver.open(path) as resolver:
    while True:
        triad, role = f"t{choose.randrange(triads)}", choose.choice(roles)
        failed = choose.random() < 0.85
        os.write(out, f"? {triad} {role} {failed}\\n".encode())
        if failed:
            outcome = resolver.record_failure(triad, role, error="no")
        else:
            outcome = resolver.record_success(triad, role)
        to = outcome.escalation.to_tier if outcome.escalation else "-"
        os.write(out, f"! {triad} {role} {outcome.effect} {to} {outcome.strikes}\\n".encode())
"""
READER = """
import sys, time
from pathlib import Path
import yaml
from resolver import Resolver
path, stop = Path(sys.argv[1]), Path(sys.argv[2])
tiers = ["fast", "general", "reasoning"]
seen, reads = {}, 0
with Resolver.open(path) as resolver:
    while not stop.exists():
        text = (path / "model_tiers.yaml").read_text()
        entries = yaml.safe_load(text)["model_tiers"]["escalation_state"]
        for key, tier in seen.items():
            assert tiers.index(entries[key]) >= tiers.index(tier), (key, tier)
        seen = entries
        for triad in range(5):
            resolver.resolve(f"t{triad}", "worker_a")
        reads += 1
        time.sleep(0.02)
print(reads)
"""


@pytest.mark.slow
def test_no_acknowledged_escalation_is_lost(tmp_path: Path) -> None:
    """`no acknowledged escalation lost, no double escalation from one streak, the file parses at every read`."""
    policy = own_policy(tmp_path)
    choose = random.Random(7)
    stop = tmp_path / "stop"
    readers = [_start(READER, policy, stop, pipe=True) for _ in range(READERS)]
    logs = [tmp_path / f"writer{number}.log" for number in range(WRITERS)]
    writers = [_start(WRITER, policy, log, seed, TRIADS) for seed, log in enumerate(logs)]
    seed, kills, end = WRITERS, 0, time.monotonic() + 400
    while _acknowledged(logs) < OUTCOMES and time.monotonic() < end:
        time.sleep(choose.uniform(0.5, 2.0))
        at = choose.randrange(WRITERS)
        assert writers[at].poll() is None, "a writer ended by itself"
        writers[at].send_signal(signal.SIGKILL)
        writers[at].wait()
        kills += 1
        seed += 1
        writers[at] = _start(WRITER, policy, logs[at], seed, TRIADS)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    stop.touch()
    for reader in readers:
        said, error = reader.communicate(timeout=60)
        assert reader.returncode == 0, error
        assert int(said) > 5
    assert _acknowledged(logs) >= OUTCOMES
    assert kills >= 5
    _check(policy, logs)


def _check(policy: Path, logs: list[Path]) -> None:
    entries = yaml.safe_load((policy / STATE).read_text())["model_tiers"]["escalation_state"]
    with Resolver.open(policy) as resolver:
        history = resolver.history()
        assert {str(subject): tier for subject, tier in resolver.escalations().items()} == entries
        assert resolver.removed_entries() == {}
        for key, tier in entries.items():
            subject = Subject.parse(key)
            assert subject is not None
            if subject.role != "code_execution":
                assert resolver.resolve(subject.triad, subject.role).tier == tier
    assert left_over(policy) == []
    assert not any(".damaged-" in file.name for file in policy.iterdir())
    acknowledged, opened = _told(logs)
    told = Counter((str(event.subject), str(event.to_tier)) for event in history if event.what == "escalate")
    for escalation, times in acknowledged.items():
        assert told[escalation] >= times, f"{escalation} was acknowledged and is not in the history"
    for (key, tier), times in told.items():
        assert times == 1, f"{key} escalated to {tier} {times} times"
        assert acknowledged[key, tier] == 1 or opened[key], f"{key} escalated to {tier} and nobody reported it"
    assert entries == {str(event.subject): event.to_tier for event in history if event.what == "escalate"}
    assert not any(key.endswith(":code_execution") for key in entries)
    for event in history:
        assert len(event.errors) == 3, "each step has a streak of three of its own"


def _told(logs: list[Path]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """The escalations that were acknowledged, and the subjects of reports that a kill left open."""
    acknowledged: Counter[tuple[str, str]] = Counter()
    opened: Counter[str] = Counter()
    for log in logs:
        pending = None
        for line in log.read_text().splitlines():
            mark, triad, role, *rest = line.split()
            if mark == "?":
                if pending:
                    opened[pending] += 1
                pending = f"{triad}:{role}"
            else:
                pending = None
                if rest[0] == "escalate":
                    acknowledged[f"{triad}:{role}", rest[1]] += 1
        if pending:
            opened[pending] += 1
    return acknowledged, opened


def _acknowledged(logs: list[Path]) -> int:
    return sum(log.read_bytes().count(b"\n!") for log in logs if log.exists())


def _start(program: str, *arguments: object, pipe: bool = False) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} if pipe else {"stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, text=True, **streams)  # type: ignore[call-overload,no-any-return]
