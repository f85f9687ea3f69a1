"""What the author's bench costs: a replay, by the event, and the comparison of two large policies."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks.policies import write
from benchmarks.rows import TIERS, Rows, large_rows
from resolver.author import Replay, compare, replay_records
from resolver.serving import load_and_prove
from resolver.table import DecisionTable

Line = tuple[str, str, str, str]


def author_lines(scratch: Path, shipped: Rows, *, quick: bool) -> Iterator[Line]:
    """Yield how many recorded outcomes a second are replayed, and how long comparisons take."""
    yield _replay(scratch, shipped, 50_000 if quick else 500_000)
    yield _redecide(scratch, shipped, 50_000 if quick else 500_000)
    yield _compare(scratch, 1_000 if quick else 10_000)


def _replay(scratch: Path, shipped: Rows, count: int) -> Line:
    table = load_and_prove(write(shipped, scratch / "replayed"))
    events = scratch / "events.jsonl"
    chance = random.Random(6)
    roles, phases = [*shipped.defaults, "nobody"], ["execution", "planning"]
    with events.open("w", encoding="utf-8") as file:
        for at in range(count):
            event = {
                "time": f"2026-01-01T00:00:{at % 60:02}+00:00",
                "triad": f"triad_{chance.randrange(2_000)}",
                "role": chance.choice(roles),
                "phase": chance.choice(phases),
                "result": chance.choice(("failure", "failure", "success")),
                "ran_on": "general",
                "tier": "general",
                "effect": "count",
                "rule": "failure",
                "revision": table.policy.revision,
                "entry": None,
            }
            file.write(json.dumps(event) + "\n")
    found, seconds = _replayed(table, events)
    if found.events != count:
        raise AssertionError("every line is an event")
    figure = f"{count / seconds:,.0f} outcomes a second"
    return "replay recorded outcomes", figure, f"{len(found.moments):,} escalations and holds", "100,000 a second"


def _redecide(scratch: Path, shipped: Rows, count: int) -> Line:
    table = load_and_prove(write(shipped, scratch / "redecided"))
    events = scratch / "decisions.jsonl"
    chance = random.Random(6)
    roles, phases = [*shipped.defaults, "nobody"], ["execution", "planning", None]
    with events.open("w", encoding="utf-8") as file:
        for at in range(count):
            event: dict[str, object] = {
                "time": f"2026-01-01T00:00:{at % 60:02}.{at:06}+00:00",
                "event": "decision",
                "triad": f"triad_{chance.randrange(2_000)}",
                "role": chance.choice(roles),
                "phase": chance.choice(phases),
                "facts": {},
                "tier": chance.choice(TIERS[:2]),
                "rule": "role_default",
                "revision": table.policy.revision,
                "state_revision": at // 100,
                "entry": chance.choice((None, None, TIERS[1])),
            }
            file.write(json.dumps(event) + "\n")
    found, seconds = _replayed(table, events)
    if found.decided.count != count:
        raise AssertionError("every line is a decision")
    figure = f"{count / seconds:,.0f} decisions a second"
    return "replay logged decisions", figure, f"{found.decided.other:,} other", "100,000 a second"


def _replayed(table: DecisionTable, events: Path) -> tuple[Replay, float]:
    """Return what became of a replay, and the seconds of the fastest of three."""
    times = []
    for _ in range(3):
        started = perf_counter()
        with events.open("rb") as lines:
            found = replay_records(table, "events", lines, keep_going=False)
        times.append(perf_counter() - started)
    return found, min(times)


def _compare(scratch: Path, rows: int) -> Line:
    old = large_rows(rows, 1_000)
    role = next(role for role, tier in old.defaults.items() if tier == TIERS[0] and role != "code_execution")
    new = replace(old, defaults={**old.defaults, role: TIERS[1]})
    tables = load_and_prove(write(old, scratch / "compared_old")), load_and_prove(write(new, scratch / "compared_new"))
    started = perf_counter()
    found = compare(*tables)
    seconds = perf_counter() - started
    return f"compare two policies of {rows:,} rows", f"{seconds * 1e3:.0f} ms", str(found.verdict), ""
