"""What an outcome costs, beside the obvious way to write an entry: load the file, set the key, dump the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from ruamel.yaml import YAML

from benchmarks.policies import write
from benchmarks.rows import TIERS, Rows, large_rows
from resolver import Resolver

Line = tuple[str, str, str, str]


def record_lines(scratch: Path, *, quick: bool) -> Iterator[Line]:
    """Yield what a failure below the threshold costs, and an escalation into files of different sizes."""
    yield _below_the_threshold(scratch, 200 if quick else 2_000)
    for entries in (0, 100, 1_000) if quick else (0, 100, 1_000, 10_000):
        yield _escalation(scratch, entries, rounds=2 if quick else 5)


def _below_the_threshold(scratch: Path, rounds: int) -> Line:
    path = write(large_rows(10, 0), scratch / "failures")
    ordered = sorted(failure_seconds(path, "role_0", rounds))
    p50, p99 = median(ordered), ordered[int(len(ordered) * 0.99)]
    return "a failure below the threshold", f"{p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms", "", "p50 1 ms"


def _escalation(scratch: Path, entries: int, rounds: int) -> Line:
    rows = large_rows(100, entries)
    path = write(rows, scratch / f"escalations_{entries}")
    ours = escalation_seconds(path, role_on_fast(rows), rounds)
    obvious = obvious_seconds(path, max(1, rounds // 2))
    name = f"an escalation into a file with {entries:,} entries"
    ratio = f"ruamel.yaml load, set, dump: {min(obvious) / median(ours):.1f} ×"
    return name, f"{median(ours) * 1e3:.0f} ms, durable and checked", ratio, "30 ×" if entries == 10_000 else ""


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


def escalation_seconds(path: Path, role: str, rounds: int) -> list[float]:
    """Return how long each of `rounds` failures takes that escalates a role of another triad."""
    times = []
    with Resolver.open(path) as resolver:
        for at in range(-1, rounds):  # the first round reads what is then kept
            for _ in range(2):
                resolver.record_failure(f"new_{at}", role)
            started = perf_counter()
            outcome = resolver.record_failure(f"new_{at}", role)
            if at >= 0:
                times.append(perf_counter() - started)
            if outcome.escalation is None:
                raise AssertionError("the third failure escalates")
    return times


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
