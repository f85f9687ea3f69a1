"""`python -m benchmarks`: one run, one table."""

from __future__ import annotations

import argparse
import logging
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.authoring import author_lines
from benchmarks.bare import dictionaries
from benchmarks.changing import change_lines
from benchmarks.contenders import Direct
from benchmarks.editing import editor_lines
from benchmarks.growth import growth_lines
from benchmarks.policies import shipped_rows, write
from benchmarks.process import import_seconds, memory
from benchmarks.prompt import prompt_lines
from benchmarks.proving import many_rules, proof_lines
from benchmarks.recording import record_lines
from benchmarks.reloading import reload_lines
from benchmarks.rows import Rows, large_rows, requests
from benchmarks.serving import serve_lines
from benchmarks.timing import time_decisions
from resolver import Resolver

Line = tuple[str, str, str, str]
"""What is measured, the figure, what it is beside, what it should be."""


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rounds: for a look, not for figures")
    quick = parser.parse_args().quick
    rounds = 100 if quick else 2_000
    logging.getLogger("resolver").setLevel(logging.ERROR)  # what it warns of is what is measured
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; times of batches of 100\n")
    print("| measured | figure | ratio | to reach |\n|---|---|---|---|")
    with TemporaryDirectory() as scratch:
        for line in _all(Path(scratch), rounds, quick=quick):
            print("| " + " | ".join(line) + " |", flush=True)


def _all(scratch: Path, rounds: int, *, quick: bool) -> Iterator[Line]:
    shipped = shipped_rows()
    path = write(shipped, scratch / "shipped")
    yield from _decisions("shipped policy, listed names", shipped, path, rounds, reach="2", listed=True)
    yield from _decisions("shipped policy, unlisted names", shipped, path, rounds, reach="2", listed=False)
    yield from _direct(shipped, path, rounds // 20)
    for rows in (10, 100, 1_000, 10_000):
        large = large_rows(rows, 1)
        path = write(large, scratch / f"rows_{rows}")
        yield from _decisions(f"{rows:,} (role, phase) rows", large, path, rounds, reach="2.5", listed=True)
    for keys in (1, 1_000, 100_000):
        large = large_rows(1_000, keys)
        path = write(large, scratch / f"keys_{keys}")
        yield from _decisions(f"{keys:,} escalated keys", large, path, rounds, reach="2.5", listed=True)
    named = large_rows(100, 100, triads=20)
    yield from _decisions(
        "rules that name 20 triads", named, write(named, scratch / "triads"), rounds, reach="3", listed=True
    )
    yield _load("load and check the shipped policy", scratch / "shipped", 5, "150 ms")
    yield _load("load and check 10,000 rows", scratch / "rows_10000", 3, "1,000 ms")
    yield _load("load and check 100,000 escalated keys", scratch / "keys_100000", 2, "")
    yield from proof_lines(scratch, shipped, quick=quick)
    yield from growth_lines(scratch, quick=quick)
    yield from change_lines(quick=quick)
    yield from reload_lines(scratch, quick=quick)
    yield from record_lines(scratch, quick=quick)
    yield from author_lines(scratch, shipped, quick=quick)
    yield from prompt_lines(scratch / "shipped", quick=quick)
    edited = {
        "the shipped policy": (scratch / "shipped", "100 ms"),
        "a policy of 100 rules": (many_rules(scratch / "edited"), "500 ms"),
    }
    yield from editor_lines(edited, quick=quick)
    yield from serve_lines(scratch, shipped, quick=quick)
    seconds, heavy = import_seconds(3 if quick else 7)
    yield "`import resolver`", f"{seconds * 1000:.0f} ms", ", ".join(heavy) or "no agent package", "150 ms"
    decisions, reloads = (50_000, 100) if quick else (1_000_000, 1_000)
    resident = memory(scratch / "shipped", decisions, reloads)
    yield "memory after load", f"{resident['loaded']:.1f} MiB", "", ""
    grown = resident["decided"] - resident["loaded"]
    yield f"… after {decisions:,} decisions", f"{resident['decided']:.1f} MiB", f"{grown:+.1f} MiB", "flat"
    grown = resident["reloaded"] - resident["decided"]
    yield f"… after {reloads:,} reloads", f"{resident['reloaded']:.1f} MiB", f"{grown:+.1f} MiB", "flat"


def _decisions(name: str, rows: Rows, path: Path, rounds: int, *, reach: str, listed: bool) -> Iterator[Line]:
    asked = requests(rows, listed=listed)
    bare = dictionaries(rows)
    with Resolver.open(path) as resolver:
        for triad, role, phase in asked:
            if resolver.resolve(triad, role, phase=phase).tier != bare(triad, role, phase=phase):
                sys.exit(f"the contenders disagree about {triad}, {role}, {phase}")
        time_decisions([bare, resolver.resolve], asked, max(1, rounds // 10))
        dictionary, ours = time_decisions([bare, resolver.resolve], asked, rounds)
    ratio = f"{ours.p50 / dictionary.p50:.2f}, p99 {ours.p99 / dictionary.p99:.2f}"
    beside = f"{ours.p50 / 1000:.3f} µs, p99 {ours.p99 / 1000:.3f} µs"
    yield name, beside, f"{ratio} × dictionaries", f"{reach} ×"


def _direct(rows: Rows, path: Path, rounds: int) -> Iterator[Line]:
    asked = requests(rows, listed=True)
    with Resolver.open(path) as resolver, Direct(resolver) as direct:
        for triad, role, phase in asked:
            if resolver.resolve(triad, role, phase=phase).tier != direct.decide(triad, role, phase=phase):
                sys.exit(f"durable-rules disagrees about {triad}, {role}, {phase}")
        engine, ours = time_decisions([direct.decide, resolver.resolve], asked, max(5, rounds))
    yield (
        "durable-rules asked directly",
        f"{engine.p50 / 1000:.1f} µs, p99 {engine.p99 / 1000:.1f} µs",
        f"{engine.p50 / ours.p50:.0f} × ours",
        "",
    )


def _load(name: str, path: Path, runs: int, reach: str) -> Line:
    times = []
    for _ in range(runs):
        started = perf_counter()
        Resolver.open(path).close()
        times.append(perf_counter() - started)
    return name, f"{min(times) * 1000:.0f} ms", "", reach


if __name__ == "__main__":
    main()
