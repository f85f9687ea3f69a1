"""The host of HFS's models: it records failures at once, and holds a success until HFS confirms it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from resolver.agents import AgentBinding, Turn
from resolver.agents.agent_host import AgentHost
from resolver.agents.tier_resolver import TierResolver
from resolver.domain import Outcome, Subject, Value
from resolver.forks import RenewedLock
from resolver.frozen import frozen
from resolver.hfs.tool_results import tool_failed

if TYPE_CHECKING:
    from resolver.hfs.config_policy import ConfigPolicy

_WAITING = 10_000
"""Turns that wait for a tracker; beyond that, the oldest are dropped."""


@frozen
class Observed:
    """The turns of a subject's model since HFS last reported on the subject.

    `turn` is the last turn, `good` whether it succeeded, and `raised_to` the highest tier of an escalation.
    """

    binding: AgentBinding
    turn: Turn
    good: bool
    raised_to: str | None


class HfsAgentHost(AgentHost):
    """The host of HFS's models.

    A failure is recorded when it is observed. A success waits for HFS's report, which may be that the whole triad
    failed.
    """

    def __init__(self, resolver: TierResolver, live: ConfigPolicy, *, owner: object) -> None:
        super().__init__(resolver, tool_failed=tool_failed)
        self._live = live
        self._owner = owner  # a model that is still in use keeps its policy and store
        self._lock = RenewedLock()
        self._observed: dict[Subject, Observed] = {}
        self._waiting: deque[tuple[AgentBinding, Turn]] = deque(maxlen=_WAITING)
        self._handed: dict[Subject, None] = {}
        self._failing: set[str] = set()

    def facts_of(self, binding: AgentBinding) -> Mapping[str, Value]:
        """Return the extra facts of a binding: the preset of its triad, if HFS's file has one."""
        return self._live.preset(binding.subject.triad)

    def handed(self, subject: Subject) -> None:
        """Note that a model was handed out for `subject`, whether this program made it or not."""
        with self._lock:
            self._handed[subject] = None

    def of_triad(self, triad: str) -> list[Subject]:
        """Return the subjects of a triad for which a model was handed out, in that order."""
        with self._lock:
            return [subject for subject in self._handed if subject.triad == triad]

    def is_failing(self, triad: str) -> bool:
        """Return whether the last turn of any model of a triad failed."""
        with self._lock:
            return triad in self._failing

    def take(self, subject: Subject) -> Observed | None:
        """Return the turns of a subject's model since the last call, None if the model was not called."""
        with self._lock:
            return self._observed.pop(subject, None)

    def settle(self, observed: Observed) -> None:
        """Record the success that has waited for HFS's report."""
        self.record(observed.binding, observed.turn, hold=False)

    def catch_up(self) -> None:
        """Record the turns that have waited for a tracker."""
        while self._waiting:
            binding, turn = self._waiting.popleft()
            self.record_logged(binding, turn, hold=True)

    def record(self, binding: AgentBinding, turn: Turn, *, hold: bool) -> list[Outcome]:
        """Record a turn; a success only if `hold` is not set."""
        if self._live.attached is None:
            self._waiting.append((binding, turn))
            return []
        if not hold:
            return super().record(binding, turn, hold=False)
        good = turn.is_good
        with self._lock:
            before = self._observed.get(turn.subject)
            (self._failing.discard if good else self._failing.add)(turn.subject.triad)
            raised_to = before.raised_to if before else None
            self._observed[turn.subject] = Observed(binding, turn, good, raised_to)
        if before is not None and before.good:  # HFS has not reported a failure since, so it was a success
            super().record(before.binding, before.turn, hold=False)
        outcomes = super().record(binding, turn, hold=True)
        for escalation in (outcome.escalation for outcome in outcomes if outcome.escalation):
            with self._lock:
                self._observed[turn.subject] = Observed(binding, turn, good, escalation.to_tier)
        return outcomes

    def holds(self, turn: Turn) -> bool:
        """Return whether a success waits: in HFS every success does."""
        return True
