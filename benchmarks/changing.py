"""Measures one change of an entry in a table of many learned entries, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

Line = tuple[str, str, str, str]

_CHANGE = """
import gc, json, sys, time
from statistics import median
from resolver.domain import Subject
from resolver.loader import load_policy, shipped_policy
from resolver.table import compile_table
count, roles, rounds = map(int, sys.argv[1:])
def subject(at):
    return Subject(f"triad_{at}", f"role_{at % roles}")
entries = {subject(at): "reasoning" for at in range(count)}
table = compile_table(load_policy(shipped_policy())).with_entries(entries)
few = {}
gc.collect()  # of what was loaded; a later change would pay for it
floor, ours = [], []
for at in range(rounds):
    changed, tier = subject(at * 7919 % count + at % 2 * count), ("general", "reasoning", None)[at % 3]
    started = time.perf_counter()
    few[changed] = tier
    table.decide(table.facts_of(changed, "execution"))
    between = time.perf_counter()
    table = table.with_entry(changed, tier)
    ended = time.perf_counter()
    floor.append(between - started)
    ours.append(ended - between)
print(json.dumps([sorted(floor), sorted(ours)]))
"""


def change_lines(*, quick: bool) -> Iterator[Line]:
    """Yield the time of one change of an entry, beside one insertion into a dict and one decision by all facts."""
    counts = (1_000, 10_000) if quick else (1_000, 100_000, 1_000_000)
    for count in counts:
        for roles, of in ((1, "of one role"), (10, "of ten roles"), (count, "each of a role of its own")):
            command = [sys.executable, "-c", _CHANGE, str(count), str(roles), "200" if quick else "2000"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            floor, ours = json.loads(done.stdout)
            p50, p99 = ours[len(ours) // 2], ours[int(len(ours) * 0.99)]
            beside = floor[len(floor) // 2]
            yield (
                f"one change of {count:,} learned subjects, {of}",
                f"{p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms, longest {ours[-1] * 1e3:.2f} ms",
                f"{p50 / beside:.1f} × an insertion and a decision ({beside * 1e6:.1f} µs)",
                "1 ms",
            )
