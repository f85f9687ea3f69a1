"""What is measured of a contender, each in a process of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bare import dictionaries
from benchmarks.peers.catalogue import Contender
from benchmarks.peers.jobs import Job
from benchmarks.peers.processes import FailedError, run_job
from benchmarks.policies import shipped_rows, write
from benchmarks.rows import TIERS, Request, Rows, large_rows, requests

UNLISTED = "nobody"
PHASES = (None, "deliberation", "execution", "review")


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int = 5
    batches: int = 200
    seconds: float = 4.0
    """How long a round may take."""
    starts: int = 5
    decisions: int = 200_000
    memory_seconds: float = 60.0
    rows: tuple[int, ...] = (10, 100, 1_000, 10_000)
    keys: tuple[int, ...] = (1, 1_000, 100_000)
    limit: float = 120.0
    """How long a process may take, loading included."""
    entries: tuple[int, ...] = (0, 100, 1_000, 10_000)
    writes: int = 20
    """How many entries each of two processes writes at once."""


FULL = Scale()
QUICK = Scale(
    rounds=2,
    batches=30,
    seconds=0.1,
    starts=1,
    decisions=2_000,
    memory_seconds=0.5,
    rows=(1_000,),
    keys=(1_000,),
    limit=30.0,
    entries=(0, 100),
    writes=5,
)


@dataclass
class Found:
    """What was measured of one contender; `trouble` says why there is nothing more."""

    name: str
    version: str
    expressed: str
    engine: bool
    trouble: str = ""
    p50_us: float | None = None
    p99_us: float | None = None
    p50_ratio: float | None = None
    p99_ratio: float | None = None
    batches: int | None = None
    batch: int | None = None
    first_ms: float | None = None
    loaded_mib: float | None = None
    decided_mib: float | None = None
    decisions: int | None = None
    by_rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    by_keys: dict[int, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


class Bench:
    """Measures contenders on the same policies, whose files it writes once."""

    def __init__(self, scratch: Path, scale: Scale) -> None:
        self.scratch = scratch
        self.scale = scale
        self.shipped = shipped_rows()
        self._numbers = count()

    def measure(self, contender: Contender, python: Path, found: Found) -> None:
        """Prove that the contender decides as the policy says, then measure it."""
        try:
            found.trouble = self._disagreement(contender, python)
            if not found.trouble:
                self._time(contender, python, found)
                self._start(contender, python, found)
        except FailedError as error:
            found.trouble = f"failed: {error}"
        if not found.trouble:
            found.by_rows = {size: self._growth(contender, python, size, 1) for size in self.scale.rows}
            found.by_keys = {size: self._growth(contender, python, 1_000, size) for size in self.scale.keys}

    def _disagreement(self, contender: Contender, python: Path) -> str:
        """Return an example of a decision that is not the policy's, or nothing."""
        rows, asked = domain(self.shipped)
        tiers = run_job(python, self._job("answers", contender, rows, asked), self.scale.limit).found["tiers"]
        bare = dictionaries(rows)
        for (triad, role, phase), tier in zip(asked, tiers, strict=True):
            if tier != bare(triad, role, phase=phase):
                return f"disagrees: {role} in {phase}, {triad}: {tier}, not {bare(triad, role, phase=phase)}"
        return ""

    def _time(self, contender: Contender, python: Path, found: Found) -> None:
        timed = self._timed(contender, python, self.shipped, requests(self.shipped, listed=True), self.scale.rounds)
        for name, value in timed.items():
            setattr(found, name, value)

    def _start(self, contender: Contender, python: Path, found: Found) -> None:
        """Start the contender several times; the last process goes on deciding, for its memory."""
        asked = requests(self.shipped, listed=True)
        first = []
        for at in range(self.scale.starts):
            decisions = self.scale.decisions if at == self.scale.starts - 1 else 0
            job = self._job("start", contender, self.shipped, asked, decisions=decisions)
            answer = run_job(python, job, self.scale.limit + self.scale.memory_seconds)
            first.append((answer.found["first"] - answer.started) * 1e3)
        found.first_ms = median(first)
        found.loaded_mib, found.decided_mib = answer.found["loaded"], answer.found["decided"]
        found.decisions = answer.found["decisions"]

    def _growth(self, contender: Contender, python: Path, rows: int, keys: int) -> dict[str, Any]:
        large = large_rows(rows, keys)
        try:
            return self._timed(contender, python, large, requests(large, listed=True), min(3, self.scale.rounds))
        except FailedError as error:
            return {"trouble": str(error)}

    def _timed(
        self, contender: Contender, python: Path, rows: Rows, asked: list[Request], rounds: int
    ) -> dict[str, Any]:
        answer = run_job(python, self._job("time", contender, rows, asked, rounds=rounds), self.scale.limit).found
        if "disagrees" in answer:
            raise FailedError(f"disagrees: {answer['disagrees']}")
        return {
            "p50_us": median(answer["p50"]) / 1e3,
            "p99_us": median(answer["p99"]) / 1e3,
            "p50_ratio": _ratio(answer["p50"], answer["bare_p50"]),
            "p99_ratio": _ratio(answer["p99"], answer["bare_p99"]),
            "batches": answer["batches"],
            "batch": answer["batch"],
        }

    def _job(
        self,
        task: str,
        contender: Contender,
        rows: Rows,
        asked: list[Request],
        *,
        decisions: int = 0,
        rounds: int = 1,
    ) -> Job:
        files = str(write(rows, self.scratch / f"policy_{next(self._numbers)}")) if contender.reads_files else None
        scale = self.scale
        seconds = scale.memory_seconds if task == "start" else scale.seconds
        return Job(task, contender.adapter, rows, asked, files, rounds, scale.batches, seconds, decisions)


def domain(shipped: Rows) -> tuple[Rows, list[Request]]:
    """Return rows with a triad for each escalation state, and every request that the policy tells apart.

    11 roles with one that is not listed, 4 phases with none, and 4 states: no escalation, or one to each tier.
    """
    roles = [*shipped.defaults, UNLISTED]
    escalated = {(f"on_{tier}", role): tier for tier in TIERS for role in roles}
    triads = ["as_shipped", *(f"on_{tier}" for tier in TIERS)]
    asked = [(triad, role, phase) for triad in triads for role in roles for phase in PHASES]
    return Rows(shipped.defaults, shipped.overrides, escalated), asked


def _ratio(theirs: list[float], bare: list[float]) -> float:
    """Return the median over the rounds of how many times as long theirs took in the same round."""
    return median(one / other for one, other in zip(theirs, bare, strict=True))
