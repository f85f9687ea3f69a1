"""What the measuring process is asked and answers: JSON on its standard input and output."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.rows import Request, Rows


@dataclass(frozen=True)
class Job:
    """One measurement of one contender, in a process of its own."""

    task: str
    adapter: str
    rows: Rows
    requests: list[Request]
    files: str | None = None
    """The policy's directory, for a contender that reads it."""
    rounds: int = 5
    batches: int = 200
    """How many batches a round has, unless they take longer than `seconds`."""
    seconds: float = 4.0
    decisions: int = 200_000

    def as_json(self) -> dict[str, Any]:
        """Return the job as JSON can hold it, whose keys are text."""
        escalated = [[triad, role, tier] for (triad, role), tier in self.rows.escalated.items()]
        rows = {"defaults": self.rows.defaults, "overrides": self.rows.overrides, "escalated": escalated}
        own = {name: value for name, value in vars(self).items() if name != "rows"}
        return {**own, "rows": rows}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Job:
        """Return the job that `as_json` wrote."""
        rows = data["rows"]
        escalated = {(triad, role): tier for triad, role, tier in rows["escalated"]}
        requests = [(triad, role, phase) for triad, role, phase in data["requests"]]
        return cls(
            **{**data, "rows": Rows(rows["defaults"], rows["overrides"], escalated), "requests": requests},
        )


@dataclass(frozen=True)
class Timed:
    """Nanoseconds per decision of a contender and of bare dictionaries, by turns in one process.

    Each list has a value for each round: the median and the 99th percentile of the round's batches.
    """

    p50: list[float]
    p99: list[float]
    bare_p50: list[float]
    bare_p99: list[float]
    batches: int
    batch: int
    """How many decisions a batch has."""

    def as_json(self) -> dict[str, Any]:
        """Return what the measuring process prints."""
        return asdict(self)


@dataclass(frozen=True)
class Started:
    """When the first decision was there, in seconds of the monotonic clock, and resident MiB before and after more."""

    first: float
    loaded: float
    decided: float
    decisions: int
    answer: str | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """Return what the measuring process prints."""
        return asdict(self)
