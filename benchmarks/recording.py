"""What an outcome costs: beside what the disk costs, and beside the obvious way to write an entry."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

from ruamel.yaml import YAML

from benchmarks.policies import write
from benchmarks.rows import TIERS, Rows, large_rows
from resolver import Resolver

Line = tuple[str, str, str, str]
ENTRIES = (0, 100, 1_000, 3_000, 10_000)
_AGENT = """\
  agent_{at}:
    prompt: |  # shown to the model
      You are agent {at} of a team.
      Be brief.
    tools: [search, {name: write, limits: [1, 2, {at}]}]
    steps:
      - think
      - act: 'now'
"""
APPLICATION = 252_000
"""Bytes of an application's own settings in the file that holds the entries."""


def record_lines(scratch: Path, *, quick: bool) -> Iterator[Line]:
    """Yield what a failure below the threshold costs, and an escalation into files of different sizes."""
    yield _below_the_threshold(scratch, 200 if quick else 2_000)
    rounds, taken = (4 if quick else 30), {}
    for entries in ENTRIES:
        rows = large_rows(100, entries)
        path = write(rows, scratch / f"escalations_{entries}")
        ours, floor = escalation_seconds(path, path / "model_tiers.yaml", role_on_fast(rows), rounds)
        taken[entries] = median(ours)
        beside = f"{median(ours) / median(floor):.1f} × the disk ({median(floor) * 1e3:.2f} ms)"
        name = f"an escalation into a file with {entries:,} entries"
        yield name, f"{median(ours) * 1e3:.1f} ms, durable and checked", beside, _reach(entries)
    yield _obvious(path, taken[ENTRIES[-1]], 1 if quick else 2)
    for shape in ("many keys", "deep lists and texts"):
        file = _application(scratch / f"{shape.replace(' ', '_')}.yaml", shape)
        ours, floor = escalation_seconds(file, file, "worker_a", rounds)
        beside = f"{median(ours) / median(floor):.1f} × the disk"
        name = f"an escalation into an application's file of {file.stat().st_size / 1000:.0f} KB, {shape}"
        yield name, f"{median(ours) * 1e3:.1f} ms", beside, "60 ms"


def _reach(entries: int) -> str:
    return {3_000: "1.3 × 10,000 entries", 10_000: "60 ×"}.get(entries, "6 ×")


def _below_the_threshold(scratch: Path, rounds: int) -> Line:
    path = write(large_rows(10, 0), scratch / "failures")
    ordered = sorted(failure_seconds(path, "role_0", rounds))
    p50, p99 = median(ordered), ordered[int(len(ordered) * 0.99)]
    return "a failure below the threshold", f"{p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms", "", "p50 1 ms"


def _obvious(path: Path, ours: float, rounds: int) -> Line:
    seconds = min(obvious_seconds(path, rounds))
    ratio = f"{seconds / ours:.1f} × ours"
    return "… the obvious way: ruamel.yaml load, set, dump", f"{seconds * 1e3:.0f} ms, neither", ratio, "30 ×"


def _application(path: Path, shape: str) -> Path:
    """Write an application's file that keeps the entries under `config`, beside much of its own."""
    parts, at = ["config:\n  model_tiers:\n    escalation_state: {}\n"], 0
    while sum(map(len, parts)) < APPLICATION:
        at += 1
        if shape == "many keys":
            parts.append("".join(f"  setting_{at}_{number}: {number}\n" for number in range(50)))
        else:
            parts.append(_AGENT.replace("{at}", str(at)))
    path.write_text("".join(parts), encoding="utf-8")
    return path


def role_on_fast(rows: Rows) -> str:
    """Return a role that has two steps to climb."""
    return next(role for role, tier in rows.defaults.items() if tier == TIERS[0] and role != "code_execution")


def failure_seconds(path: Path, role: str, rounds: int) -> list[float]:
    """Return how long each of `rounds` failures takes that escalate nothing."""
    times = []
    with Resolver.open(path) as resolver:
        resolver.record_failure("warm", role)
        for at in range(rounds):
            started = perf_counter()
            resolver.record_failure(f"triad_{at}", role)
            times.append(perf_counter() - started)
    return times


def escalation_seconds(path: Path, file: Path, role: str, rounds: int) -> tuple[list[float], list[float]]:
    """Return how long each of `rounds` failures takes that escalates a role of another triad, and the disk beside it.

    The disk's part is the floor: the same bytes are written, synced and renamed, the directory is synced, and two rows
    are committed to SQLite, each synced. Both are measured in turns.
    """
    ours, floor = [], []
    with Resolver.open(path) as resolver, _Floor(file) as disk:
        for at in range(-2, rounds):  # the first rounds read what is then kept
            for _ in range(2):
                resolver.record_failure(f"new_{at}", role)
            started = perf_counter()
            outcome = resolver.record_failure(f"new_{at}", role)
            seconds = perf_counter() - started
            if outcome.escalation is None:
                raise AssertionError("the third failure escalates")
            beside = disk.seconds()
            if at >= 0:
                ours.append(seconds)
                floor.append(beside)
    return ours, floor


class _Floor:
    """What the disk takes to keep the content of `file` once more."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.folder = file.with_name(f"floor_of_{file.stem}")
        self.folder.mkdir()
        self.connection = sqlite3.connect(self.folder / "floor.db", isolation_level=None)
        self.connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
            "CREATE TABLE kept (at INTEGER PRIMARY KEY, said TEXT)"
        )

    def __enter__(self) -> _Floor:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def seconds(self) -> float:
        """Return the seconds that it takes now."""
        content, new = self.file.read_bytes(), self.folder / "new"
        started = perf_counter()
        self._commit()
        with new.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / "content")
        handle = os.open(self.folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        self._commit()
        return perf_counter() - started

    def _commit(self) -> None:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("INSERT INTO kept (said) VALUES ('what an outcome says, as a line of JSON')")
            cursor.execute("COMMIT")


def obvious_seconds(path: Path, rounds: int) -> list[float]:
    """Return how long each of `rounds` entries takes the obvious way."""
    times = []
    for at in range(rounds):
        started = perf_counter()
        write_obviously(path, f"obvious_{at}:role_0")
        times.append(perf_counter() - started)
    return times


def write_obviously(path: Path, key: str) -> None:
    """Write an entry the obvious way: load the file of the policy at `path`, set the key, dump the file."""
    file = path / "model_tiers.yaml"
    yaml = YAML()
    with file.open(encoding="utf-8") as stream:
        content = yaml.load(stream)
    content["model_tiers"]["escalation_state"][key] = "reasoning"
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(content, stream)
