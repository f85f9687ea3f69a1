"""Models for agents: the part of a `Resolver` that knows agno, when it is asked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from resolver.diagnostics import ResolverError
from resolver.domain import ModelTiers, Outcome, Subject, Value
from resolver.facade.outcomes import Outcomes
from resolver.facade.requests import NO_FACTS, names
from resolver.forks import RenewedLock

if TYPE_CHECKING:  # nobody who only resolves tiers pays for what runs models
    from resolver.agents import Attempt, ModelSource, Seat
    from resolver.agents.model import TieredModel
    from resolver.facade.resolver import Resolver
    from resolver.facade.seats import Seats


_seating = RenewedLock()
"""Held while a resolver gets its seats, of which it has only ones."""


class Seating(Outcomes):
    """The part of a `Resolver` that seats models and hears of their work."""

    __slots__ = ("_providers", "_seats")

    _providers: ModelSource | None
    _seats: Seats | None

    @property
    def providers(self) -> ModelSource:
        """What makes the models: what `open` was given, else the providers that the environment has keys for."""
        return self._host().pool.source

    def model(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> TieredModel:
        """Return an agno model that at each call runs on the tier then in force for the agent of `triad` with `role`.

        `phase` fixes the phase; None means that of the surrounding `in_phase` at each call. A call goes to the tier's
        providers in order until one serves; a failure of all is one error that names each, a ResolverError and, where
        keycycle is installed, a `keycycle.NoAvailableKeyError`. What an agent's turn shows is recorded when it ends.
        Raises ResolverError for facts that the policy does not declare, and if agno is not installed.
        """
        from resolver.agents.quiet import need  # noqa: PLC0415  see above

        need("agno")
        from resolver.agents.model import TieredModel  # noqa: PLC0415  see above

        return TieredModel(self._seat(triad, role, phase, facts))

    def in_phase(self, phase: str | None) -> AbstractContextManager[None]:
        """Let models run in `phase` inside a `with` block: in this thread or task, and in the tasks that it starts."""
        from resolver.agents import in_phase  # noqa: PLC0415  see above

        if phase is not None and not isinstance(phase, str):
            raise ResolverError(f"a phase is text, not `{phase!r}`")
        return in_phase(self, phase)

    def attempt(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Attempt:
        """Return a `with` block, or an `async with` block, that yields a model and judges the work done with it.

        A clean end is recorded as a success, an exception as a failure of the kind that it shows, `task` if it shows
        none; it goes on. Arguments and errors are those of `model`; the tier is the one in force at the start. An agent
        that runs on the model raises nothing when it fails: look at its status, or let the agent have `model` itself.
        """
        from resolver.agents.quiet import need  # noqa: PLC0415  see above

        need("agno")
        from resolver.agents import Attempt  # noqa: PLC0415  see above

        return Attempt(self._seat(triad, role, phase, facts))

    def record_run(
        self,
        triad: str,
        roles: str | Iterable[str] | Mapping[str, str],
        run_output: Any,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
    ) -> Mapping[str, Outcome]:
        """Report the result of an agno run, and return what came of it by role.

        `roles` are those that the result counts for: each is judged by `run_output`, a `RunOutput` or `TeamRunOutput`;
        a mapping of agents' names to roles judges each role by its own agent's run in the team. `status == error` is a
        failure, of the kind that its text shows. Only what no model has observed in this run is added, and a run that
        this resolver has recorded before adds nothing. A model of ours records its success when its turn ends, so a
        result that is judged later takes `watch`. Raises what `record_failure` raises.
        """
        from resolver.agents.runs import judged, roles_of  # noqa: PLC0415  see above

        runs = self._host().runs
        outcomes = {}
        for role, run in roles_of(run_output, roles):
            subject, phase = names(triad, role, phase)
            over, failure = judged(run)
            if not over:
                continue
            if not run.run_id:
                raise ResolverError(f"this run of `{subject}` has no `run_id`, so that it could be counted twice")
            with runs.settling(run.run_id, subject, failure) as left:
                if left is None:
                    continue
                turn = left.turn
                where = (turn.phase, turn.decision) if turn else (phase, None)
                if left.failure is None:
                    outcome = self.record_success(triad, role, phase=where[0], facts=facts, ran_on=where[1])
                else:
                    kind, error = left.failure.kind.value, left.failure.error
                    outcome = self.record_failure(
                        triad, role, phase=where[0], kind=kind, error=error, facts=facts, ran_on=where[1]
                    )
                outcomes[role] = outcome
        return MappingProxyType(outcomes)

    def watch(
        self,
        agent_or_team: Any,
        triad: str,
        roles: str | Mapping[str, str] | None = None,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
    ) -> None:
        """Record every run of an agno agent, or of a team and its members, when it is over, as `record_run` does.

        `roles` is the role of the agent, or maps the names of agents to roles; None means that their names are their
        roles. Agents that are not named are left alone; one whose model is ours has the role of its model. A run whose
        result is an error is then a failure even if its model did well; until the result is known, nothing is recorded
        as a success. A store error is a line in the log and breaks no run.
        """
        from resolver.agents.quiet import need  # noqa: PLC0415  see above

        need("agno")
        from resolver.agents.watch import watch  # noqa: PLC0415  see above

        def record(subject: Subject, run: Any) -> None:
            self.record_run(subject.triad, subject.role, run, phase=phase, facts=facts)

        expect = self._host().runs.expect
        watch(agent_or_team, roles, lambda role: self._seat(triad, role, phase, facts), expect, record)

    def _seat(self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None) -> Seat:
        from resolver.agents import Seat  # noqa: PLC0415  see above

        subject, phase = names(triad, role, phase)
        extra = dict(facts or NO_FACTS)
        self._live.table.check_extra(extra)
        return Seat(self._host(), subject, phase, MappingProxyType(extra))

    def _host(self) -> Seats:
        if self._seats is not None:
            return self._seats
        from resolver.agents import Pool, Providers  # noqa: PLC0415  see above
        from resolver.facade.seats import Seats  # noqa: PLC0415  see above

        live, given = self._live, self._providers

        def tiers() -> ModelTiers:
            return live.table.policy.model_tiers

        def make() -> ModelSource:
            return Providers.of_policy(tiers) if given is None else given

        with _seating:
            if self._seats is None:
                self._seats = Seats(cast("Resolver", self), Pool(make, lambda: tiers().cool_down))
            return self._seats
