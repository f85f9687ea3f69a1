"""One escalation on the disk: the obvious round trip through ruamel.yaml against this program's way."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

import yaml

from benchmarks.policies import write
from benchmarks.recording import escalation_seconds, failure_seconds, obvious_seconds, role_on_fast, write_obviously
from benchmarks.rows import large_rows
from resolver import Resolver

_START_SECONDS = 60


@dataclass(frozen=True)
class Persisted:
    """What it costs to write one entry into a file of `entries`, and what two processes lose of `written` at once."""

    entries: int
    ours_ms: float
    obvious_ms: float
    written: int
    ours_lost: int
    obvious_lost: int


def failure_ms(scratch: Path, rounds: int) -> tuple[float, float]:
    """Return the median and the 99th percentile of a failure that escalates nothing, in milliseconds."""
    ordered = sorted(failure_seconds(write(large_rows(10, 0), scratch / "failures"), "role_0", rounds))
    return median(ordered) * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3


def persist(scratch: Path, entries: int, *, rounds: int, each: int) -> Persisted:
    """Measure a file of `entries`; then two processes write `each` entries each into another, both ways."""
    rows = large_rows(100, entries)
    role = role_on_fast(rows)
    path = write(rows, scratch / f"timed_{entries}")
    ours = median(escalation_seconds(path, path / "model_tiers.yaml", role, rounds)[0]) * 1e3
    obvious = median(obvious_seconds(path, rounds)) * 1e3
    lost = [
        _lost(write(rows, scratch / f"{way.__name__}_{entries}"), way, role, each) for way in (_our_way, _obvious_way)
    ]
    return Persisted(entries, ours, obvious, 2 * each, *lost)


def _lost(path: Path, way: Callable[[Path, list[str], Barrier], None], role: str, each: int) -> int:
    """Return how many entries are not in the file that two processes wrote at once; all, if it is no YAML any more."""
    spawn = multiprocessing.get_context("spawn")
    both = spawn.Barrier(2)
    keys = [[f"process_{process}_{at}:{role}" for at in range(each)] for process in range(2)]
    processes = [spawn.Process(target=way, args=(path, own, both)) for own in keys]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    try:
        with (path / "model_tiers.yaml").open(encoding="utf-8") as file:
            found = yaml.load(file, yaml.CSafeLoader)["model_tiers"]["escalation_state"]
    except (yaml.YAMLError, TypeError, KeyError):
        found = {}
    return sum(key not in found for own in keys for key in own)


def _our_way(path: Path, keys: list[str], both: Barrier) -> None:
    logging.disable()  # warnings of a policy that was made up
    with Resolver.open(path) as resolver:
        both.wait(_START_SECONDS)
        for key in keys:
            triad, _, role = key.rpartition(":")
            for _ in range(3):
                resolver.record_failure(triad, role)


def _obvious_way(path: Path, keys: list[str], both: Barrier) -> None:
    both.wait(_START_SECONDS)
    for key in keys:
        try:
            write_obviously(path, key)
        except Exception:
            continue
