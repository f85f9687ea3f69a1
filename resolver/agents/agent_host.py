"""The host of agents' models: it connects them to a resolver, which decides on tiers and records outcomes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.attempt import Attempt
from resolver.agents.keycycle_import import need
from resolver.agents.no_provider import one_line
from resolver.agents.phase import in_phase, phase_of
from resolver.agents.pool import ModelSource, Pool
from resolver.agents.providers import Providers
from resolver.agents.runs import RunLog, judged, roles_of
from resolver.agents.turn import Turn
from resolver.diagnostics import ResolverError
from resolver.domain import NO_FACTS, Decision, ModelTiers, Outcome, Subject, Value, request_names
from resolver.table import DecisionTable

if TYPE_CHECKING:
    from resolver.agents.model import TieredModel

_log = logging.getLogger("resolver")


class TierResolver(Protocol):
    """The part of a `Resolver` that agents need."""

    @property
    def table(self) -> DecisionTable:
        """The decision table in force."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be learned."""

    def resolve(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Decision:
        """Decide on a tier; see `Resolver.resolve`."""

    def record_failure(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        kind: str | None = None,
        error: BaseException | str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Record a failure; see `Resolver.record_failure`."""

    def record_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Record a success; see `Resolver.record_success`."""


class AgentHost:
    """Makes the models of one resolver, and records what their turns and runs show.

    Args:
        resolver: Decides on tiers and records outcomes.
        providers: The source of models. None means the providers that the environment has keys for.
    """

    def __init__(self, resolver: TierResolver, providers: ModelSource | None = None) -> None:
        self._resolver = resolver
        self._is_read_only_logged = False
        self.runs = RunLog()
        self.pool = self._pool_of(providers)

    def use(self, providers: ModelSource) -> None:
        """Take models from `providers` from now on."""
        self.pool = self._pool_of(providers)

    def close(self) -> None:
        """Close the models and clients that were made."""
        self.pool.close()

    def model(self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None) -> TieredModel:
        """Return the model of an agent; see `Resolver.model`."""
        need("agno")
        from resolver.agents.model import TieredModel  # noqa: PLC0415  it imports agno

        return TieredModel(self.bind(triad, role, phase, facts))

    def attempt(self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None) -> Attempt:
        """Return a block whose end is recorded; see `Resolver.attempt`."""
        need("agno")
        return Attempt(self.bind(triad, role, phase, facts))

    def bind(self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None) -> AgentBinding:
        """Bind a model to a triad's role; ResolverError for a fact that the policy does not declare."""
        subject, phase = request_names(triad, role, phase)
        extra = dict(facts or NO_FACTS)
        self._resolver.table.check_extra(extra)
        return AgentBinding(self, subject, phase, MappingProxyType(extra))

    def in_phase(self, phase: str | None) -> AbstractContextManager[None]:
        """Set the phase of this host's models in a block; see `Resolver.in_phase`."""
        if phase is not None and not isinstance(phase, str):
            raise ResolverError(f"a phase is text, not `{phase!r}`")
        return in_phase(self, phase)

    @property
    def phase(self) -> str | None:
        """The phase that the surrounding `in_phase` has set, None if there is none."""
        return phase_of(self)

    def record_run(
        self,
        triad: str,
        roles: str | Iterable[str] | Mapping[str, str],
        run_output: Any,
        phase: str | None,
        facts: Mapping[str, Value] | None,
    ) -> Mapping[str, Outcome]:
        """Record the result of an agno run; see `Resolver.record_run`."""
        outcomes = {}
        for role, run in roles_of(run_output, roles):
            outcome = self._record_run(triad, role, run, phase, facts)
            if outcome is not None:
                outcomes[role] = outcome
        return MappingProxyType(outcomes)

    def _record_run(
        self, triad: str, role: str, run: Any, phase: str | None, facts: Mapping[str, Value] | None
    ) -> Outcome | None:
        subject, phase = request_names(triad, role, phase)
        has_ended, failure = judged(run)
        if not has_ended:
            return None
        if not run.run_id:
            raise ResolverError(f"this run of `{subject}` has no `run_id`, so that it could be counted twice")
        with self.runs.settling(run.run_id, subject, failure) as left:
            if left is None:
                return None
            turn, decision = left.turn, None
            if turn is not None:
                phase, decision = turn.phase, turn.decision
            if left.failure is None:
                return self._resolver.record_success(triad, role, phase=phase, facts=facts, ran_on=decision)
            kind, error = left.failure.kind.value, left.failure.error
            return self._resolver.record_failure(
                triad, role, phase=phase, kind=kind, error=error, facts=facts, ran_on=decision
            )

    def watch(
        self,
        agent_or_team: Any,
        triad: str,
        roles: str | Mapping[str, str] | None,
        phase: str | None,
        facts: Mapping[str, Value] | None,
    ) -> None:
        """Record every run of an agent or a team when it ends; see `Resolver.watch`."""
        need("agno")
        from resolver.agents.watch import watch  # noqa: PLC0415  it imports agno

        def record(subject: Subject, run: Any) -> None:
            self.record_run(subject.triad, subject.role, run, phase, facts)

        watch(agent_or_team, roles, lambda role: self.bind(triad, role, phase, facts), self.runs.expect, record)

    def decide(self, binding: AgentBinding) -> tuple[str | None, Decision]:
        """Return the phase of a binding now, and the decision on the tier in force."""
        phase = self.phase if binding.phase is None else binding.phase
        subject = binding.subject
        return phase, self._resolver.resolve(subject.triad, subject.role, phase=phase, facts=self.facts_of(binding))

    def observe(self, binding: AgentBinding, turn: Turn) -> None:
        """Record the outcome of a turn. An error that prevents it is logged and does not break the turn."""
        if not turn.ended:
            return
        try:
            self.record(binding, turn, hold=self.holds(turn))
        except Exception as error:  # an agent's answer is worth more than the note of it
            _log.error("what `%s` did could not be recorded: %s", turn.subject, one_line(error))

    def holds(self, turn: Turn) -> bool:
        """Note the outcome of a turn, and return whether its success waits for the result of the run."""
        return self.runs.observe(turn)

    def facts_of(self, binding: AgentBinding) -> Mapping[str, Value]:
        """Return the extra facts of a binding."""
        return binding.facts

    def record(self, binding: AgentBinding, turn: Turn, *, hold: bool) -> list[Outcome]:
        """Record the failures of a turn, and its success unless `hold` is set; return their effects."""
        if self._resolver.read_only:
            if not self._is_read_only_logged:
                self._is_read_only_logged = True
                _log.warning("nothing is learned: the policy is read-only; `resolver init` makes one that can learn")
            return []
        triad, role = turn.subject.triad, turn.subject.role
        facts = self.facts_of(binding)
        failures = [(failure.kind, str(failure)) for failure in turn.failures]
        if turn.failure is not None:
            failures.append((turn.failure.kind.value, turn.failure.error))
        outcomes = [
            self._resolver.record_failure(
                triad, role, phase=turn.phase, kind=kind, error=error, facts=facts, ran_on=turn.decision
            )
            for kind, error in failures
        ]
        if turn.failure is None and not turn.unserved and not hold:
            success = self._resolver.record_success(triad, role, phase=turn.phase, facts=facts, ran_on=turn.decision)
            outcomes.append(success)
        return outcomes

    def _tiers(self) -> ModelTiers:
        return self._resolver.table.policy.model_tiers

    def _pool_of(self, providers: ModelSource | None) -> Pool:
        def make() -> ModelSource:
            return Providers.of_policy(self._tiers) if providers is None else providers

        return Pool(make, lambda: self._tiers().cool_down)
