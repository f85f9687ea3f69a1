"""HFS's `EscalationTracker`."""

from __future__ import annotations

import logging
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from resolver.diagnostics import ResolverError
from resolver.domain import Subject, request_names
from resolver.forks import RenewedLock
from resolver.hfs.agent_host import Observed
from resolver.hfs.config import TIER_ORDER
from resolver.hfs.shared_policy import shared_policy_of

_log = logging.getLogger("resolver")
_TEAM = "team"
"""The role under which HFS reports a failure of a whole triad; no agent has it."""


class EscalationTracker:
    """Records failures and successes, and writes escalations into HFS's config file and the shared config.

    Args:
        config_path: The file.
        config: The object that the selector has.
        policies: A policy directory whose rulesets decide on the effect of outcomes; None means the shipped rulesets.
    """

    ESCALATION_THRESHOLD = 3
    """Failures in a row that escalate, by the shipped rules."""
    TIER_ORDER: ClassVar[list[str]] = [*TIER_ORDER]
    """The ladder, lowest first."""

    def __init__(
        self, config_path: str | PathLike[str], config: Any, *, policies: str | PathLike[str] | None = None
    ) -> None:
        self.config_path = Path(config_path)
        self.config = config
        self._shared = shared_policy_of(config, policies)
        self._shared.attach(self.config_path)
        self._lock = RenewedLock()
        self._of_team: dict[str, int] = {}

    def record_failure(self, triad_id: str, role: str) -> str | None:
        """Report a failure of an agent, or of a whole triad (role `team`), and return the new tier if it escalated.

        A failure that the agent's own model has recorded since the last report is not counted again. A triad's failure
        counts against each role whose model was called since the last report; if no model was called, against each role
        that has one. The highest new tier is returned.
        """
        if role == _TEAM:
            return self._team_failed(triad_id)
        subject, _ = request_names(triad_id, role, None)
        return self._failed(subject, self._shared.host.take(subject))

    def record_success(self, triad_id: str, role: str) -> None:
        """Report a success of an agent, or of a whole triad (role `team`). It ends the triad's failures in a row.

        If the agent's own model was called, the success counts only if the model succeeded. If it was not called, it
        does not count if the last model of its triad that was called has failed. An error that prevents recording is
        logged.
        """
        subject, _ = request_names(triad_id, role, None)
        host = self._shared.host
        observed = None if role == _TEAM else host.take(subject)
        if not observed.good if observed is not None else host.is_failing(triad_id):
            return
        with self._lock:
            self._of_team.pop(triad_id, None)
        if role == _TEAM:
            return
        try:
            if observed is not None:
                host.settle(observed)
            else:
                resolver, facts = self._shared.resolver, self._shared.live.preset(triad_id)
                resolver.record_success(triad_id, role, phase=self._phase(), facts=facts)
        except ResolverError as error:
            _log.error("the success of `%s` could not be recorded: %s", subject, " ".join(str(error).split()))

    def get_failure_count(self, triad_id: str, role: str) -> int:
        """Return the failures in a row of an agent, or of a whole triad (role `team`)."""
        if role == _TEAM:
            return self._of_team.get(triad_id, 0)
        streak = self._shared.resolver.streaks().get(Subject(triad_id, role))
        return streak.strikes if streak else 0

    def _phase(self) -> str | None:
        return self._shared.host.phase

    def _team_failed(self, triad_id: str) -> str | None:
        with self._lock:
            self._of_team[triad_id] = self._of_team.get(triad_id, 0) + 1
        host = self._shared.host
        roles = host.of_triad(triad_id)
        observations = {subject: observed for subject in roles if (observed := host.take(subject)) is not None}
        raised = [self._failed(subject, observations.get(subject)) for subject in observations or roles]
        tiers = [tier for tier in raised if tier is not None]
        if not tiers:
            return None
        with self._lock:
            self._of_team.pop(triad_id, None)
        return max(tiers, key=self.TIER_ORDER.index)

    def _failed(self, subject: Subject, observed: Observed | None) -> str | None:
        """Count a failure against a role, unless its model has recorded one, and return the new tier."""
        if observed is not None and not observed.good:
            return observed.raised_to
        resolver, facts = self._shared.resolver, self._shared.live.preset(subject.triad)
        where = (observed.turn.phase, observed.turn.decision) if observed else (self._phase(), None)
        outcome = resolver.record_failure(subject.triad, subject.role, phase=where[0], facts=facts, ran_on=where[1])
        return outcome.escalation.to_tier if outcome.escalation else None
