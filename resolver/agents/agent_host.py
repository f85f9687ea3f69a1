"""The host of agents' models: it connects them to a resolver, which decides on tiers and records outcomes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.attempt import Attempt
from resolver.agents.keycycle_import import need
from resolver.agents.model_source import ModelSource
from resolver.agents.no_provider import one_line
from resolver.agents.phase import in_phase, phase_of
from resolver.agents.pool import Pool
from resolver.agents.postponed import PostponedFailures
from resolver.agents.providers import Providers
from resolver.agents.run_ends import notice_runs, when_ended
from resolver.agents.runs import RunLog, judged, roles_of
from resolver.agents.tier_resolver import TierResolver
from resolver.agents.turn import ToolFailed, Turn
from resolver.diagnostics import ResolverError
from resolver.domain import NO_FACTS, Decision, LastFailure, ModelTiers, Outcome, Subject, Value, request_names

if TYPE_CHECKING:
    from resolver.agents.model import TieredModel

_log = logging.getLogger("resolver")


class AgentHost:
    """Makes the models of one resolver, and records what their turns and runs show.

    Args:
        resolver: Decides on tiers and records outcomes.
        providers: The source of models. None means the providers that the environment has keys for.
        tool_failed: Recognizes the failures that tools answer as text. None means that there are none.
    """

    def __init__(
        self,
        resolver: TierResolver,
        providers: ModelSource | None = None,
        *,
        tool_failed: ToolFailed | None = None,
    ) -> None:
        self._resolver = resolver
        self._is_read_only_logged = False
        self.tool_failed = None if tool_failed is None else _guarded(tool_failed)
        self.runs = RunLog()
        self._postponed = PostponedFailures()
        self.pool = self._pool_of(providers)

    def use(self, providers: ModelSource) -> None:
        """Take models from `providers` from now on."""
        self.pool = self._pool_of(providers)

    def close(self) -> None:
        """Record what waits for the end of a run, and close the models and clients that were made."""
        for binding, turn, hold in self._postponed.take_all():
            self.record_logged(binding, turn, hold=hold)
        self.pool.close()

    def model(self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None) -> TieredModel:
        """Return the model of an agent; see `Resolver.model`."""
        need("agno")
        from resolver.agents.model import TieredModel  # noqa: PLC0415  it imports agno

        notice_runs()
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
        *,
        schema: object = None,
    ) -> Mapping[str, Outcome]:
        """Record the result of an agno run; see `Resolver.record_run`."""
        outcomes = {}
        for role, run in roles_of(run_output, roles):
            binding = self.bind(triad, role, phase, facts)
            outcome = self._record_run(binding, run, schema if run is run_output else None)
            if outcome is not None:
                outcomes[role] = outcome
        return MappingProxyType(outcomes)

    def _record_run(self, binding: AgentBinding, run: Any, schema: object) -> Outcome | None:
        subject, phase, facts = binding.subject, binding.phase, binding.facts
        triad, role = subject.triad, subject.role
        has_ended, failure = judged(run, schema, self.tool_failed)
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

        notice_runs()

        def record(subject: Subject, run: Any, schema: object) -> None:
            self.record_run(subject.triad, subject.role, run, phase, facts, schema=schema)

        watch(agent_or_team, roles, lambda role: self.bind(triad, role, phase, facts), self.runs.expect, record)

    def decide(self, binding: AgentBinding) -> tuple[str | None, Decision]:
        """Return the phase of a binding now, and the decision on the tier in force."""
        phase = self.phase if binding.phase is None else binding.phase
        subject = binding.subject
        return phase, self._resolver.resolve(subject.triad, subject.role, phase=phase, facts=self.facts_of(binding))

    def observe(self, binding: AgentBinding, turn: Turn) -> None:
        """Record the outcome of a turn: a failure when its run ends without a later try, all else at once."""
        if not turn.ended:
            return
        if (earlier := self._postponed.take(turn)) is not None:
            earlier.turn.supersede()
            self.record_logged(earlier.binding, earlier.turn, hold=earlier.hold)
        hold = self.holds(turn)
        if turn.failure is None or not turn.run_ids:
            self.record_logged(binding, turn, hold=hold)
            return
        self._postponed.put(binding, turn, hold=hold)
        if not when_ended(turn.run_ids[0], lambda: self._run_ended(turn)) and self._postponed.take_if(turn):
            self.record_logged(binding, turn, hold=hold)

    def _run_ended(self, turn: Turn) -> None:
        """Record the failure of a turn whose run has ended, unless a later try has replaced it."""
        postponed = self._postponed.take_if(turn)
        if postponed is None:
            return
        if turn.was_broken_off:
            turn.supersede()
        self.record_logged(postponed.binding, turn, hold=postponed.hold)

    def record_logged(self, binding: AgentBinding, turn: Turn, *, hold: bool) -> None:
        """Record a turn. An error that prevents it is logged and does not break the turn."""
        try:
            self.record(binding, turn, hold=hold)
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
        if turn.failure is not None and self.runs.strike(turn):
            failures.append((turn.failure.kind.value, turn.failure.error))
        outcomes = [
            self._resolver.record_failure(
                triad, role, phase=turn.phase, kind=kind, error=error, facts=facts, ran_on=turn.decision
            )
            for kind, error in failures
        ]
        if turn.is_good and not hold:
            success = self._resolver.record_success(triad, role, phase=turn.phase, facts=facts, ran_on=turn.decision)
            outcomes.append(success)
        with suppress(ResolverError):  # the outcomes are recorded, and this is only for people to look at
            self._note_providers(turn)
        return outcomes

    def _note_providers(self, turn: Turn) -> None:
        """Note the last failure of each provider in a turn, for people who look at the providers."""
        now = datetime.now(UTC)
        for failure in {failure.provider: failure for failure in turn.failures}.values():
            rest = timedelta(seconds=self.pool.cool_downs.remaining(failure.provider, failure.model_id))
            self._resolver.note_provider_failure(
                LastFailure(failure.provider, failure.model_id, failure.kind, failure.error, now, now + rest)
            )

    def _tiers(self) -> ModelTiers:
        return self._resolver.table.policy.model_tiers

    def _pool_of(self, providers: ModelSource | None) -> Pool:
        def make() -> ModelSource:
            return Providers.of_policy(self._tiers) if providers is None else providers

        return Pool(make, lambda: self._tiers().cool_down)


def _guarded(tool_failed: ToolFailed) -> ToolFailed:
    """Return `tool_failed` so that an error of it is logged, and means that the tool has not failed."""

    def guarded(tool_name: str, result: str) -> bool:
        try:
            return bool(tool_failed(tool_name, result))
        except Exception as error:  # an application's own code may raise anything
            _log.error("`tool_failed` cannot judge a result of the tool `%s`: %s", tool_name, one_line(error))
            return False

    return guarded
