"""Who decides for the models that a resolver hands out, and records what their turns show."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from resolver.agents import Pool, RunLog, Seat, Turn, phase_of
from resolver.agents.no_provider import one_line
from resolver.domain import Decision, Outcome, Value

if TYPE_CHECKING:
    from resolver.facade.resolver import Resolver

_log = logging.getLogger("resolver")


class Seats:
    """The host of the models of `resolver`: their providers, and what was observed of their runs."""

    def __init__(self, resolver: Resolver, pool: Pool) -> None:
        self._resolver = resolver
        self._told_read_only = False
        self.pool = pool
        self.runs = RunLog()

    def decide(self, seat: Seat) -> tuple[str | None, Decision]:
        """Return the phase of the moment, and the decision on the tier in force."""
        phase = phase_of(self._resolver) if seat.phase is None else seat.phase
        subject = seat.subject
        return phase, self._resolver.resolve(subject.triad, subject.role, phase=phase, facts=self.facts_of(seat))

    def observe(self, seat: Seat, turn: Turn) -> None:
        """Record what a turn showed. What keeps it from being written is one line in the log, and breaks no turn."""
        if not turn.ended:
            return
        try:
            self.record(seat, turn, hold=self.holds(turn))
        except Exception as error:  # an agent's answer is worth more than the note of it
            _log.error("what `%s` did could not be recorded: %s", turn.subject, one_line(error))

    def holds(self, turn: Turn) -> bool:
        """Note the outcome of a turn, and tell whether its success waits for somebody's word."""
        return self.runs.observe(turn)

    def facts_of(self, seat: Seat) -> Mapping[str, Value]:
        """Return the extra facts of a seat."""
        return seat.facts

    def record(self, seat: Seat, turn: Turn, *, hold: bool) -> list[Outcome]:
        """Record the failures of a turn, and its success unless that is to be held; return what came of them."""
        if self._resolver.read_only:
            if not self._told_read_only:
                self._told_read_only = True
                _log.warning("nothing is learned: the policy is read-only; `resolver init` makes one that can learn")
            return []
        triad, role = turn.subject.triad, turn.subject.role
        facts = self.facts_of(seat)
        failures = [(one.kind, str(one)) for one in turn.failures]
        if turn.failure is not None:
            failures.append((turn.failure.kind.value, turn.failure.error))
        outcomes = [
            self._resolver.record_failure(
                triad, role, phase=turn.phase, kind=kind, error=error, facts=facts, ran_on=turn.decision
            )
            for kind, error in failures
        ]
        if turn.failure is None and not turn.unserved and not hold:
            done = self._resolver.record_success(triad, role, phase=turn.phase, facts=facts, ran_on=turn.decision)
            outcomes.append(done)
        return outcomes
