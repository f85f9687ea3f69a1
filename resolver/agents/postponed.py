"""Failures of turns that wait for the end of their runs, since a later try of a run may replace its failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.turn import Turn
from resolver.domain import Subject
from resolver.forks import RenewedLock


class Postponed(NamedTuple):
    """A turn that failed, with its binding, and whether a success of it would wait for a report."""

    binding: AgentBinding
    turn: Turn
    hold: bool


class PostponedFailures:
    """The last failure of each run and subject, until the run ends. Safe for threads."""

    def __init__(self) -> None:
        self._lock = RenewedLock()
        self._process = os.getpid()
        self._waiting: dict[tuple[str, Subject], Postponed] = {}

    def put(self, binding: AgentBinding, turn: Turn, *, hold: bool) -> None:
        """Keep a turn that failed."""
        with self._own():
            self._waiting[turn.run_ids[0], turn.subject] = Postponed(binding, turn, hold)

    def take(self, later: Turn) -> Postponed | None:
        """Remove and return the failure of an earlier try of the same run, None if there is none."""
        with self._own():
            return self._waiting.pop((later.run_ids[0], later.subject), None) if later.run_ids else None

    def take_if(self, turn: Turn) -> Postponed | None:
        """Remove and return a turn, None if a later try has replaced it."""
        key = (turn.run_ids[0], turn.subject)
        with self._own():
            waiting = self._waiting.get(key)
            return self._waiting.pop(key) if waiting is not None and waiting.turn is turn else None

    def take_all(self) -> list[Postponed]:
        """Remove and return all turns."""
        with self._own():
            waiting, self._waiting = list(self._waiting.values()), {}
            return waiting

    @contextmanager
    def _own(self) -> Iterator[None]:
        """Hold the lock. In the child of a fork, the parent's turns are dropped first: the parent records them."""
        with self._lock:
            if self._process != os.getpid():
                self._process, self._waiting = os.getpid(), {}
            yield
