"""The `Resolver`: what an application opens a policy with, asks for tiers, and reports outcomes to."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from inspect import iscoroutinefunction
from os import PathLike
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from resolver.diagnostics import RequestError, ResolverError, masked
from resolver.domain import (
    NO_FACTS,
    Decision,
    Event,
    Explanation,
    Health,
    LastFailure,
    Outcome,
    Policy,
    Streak,
    Subject,
    Value,
    request_names,
)
from resolver.facade.health import health_of
from resolver.facade.opening import opened_log, policy_at, store_of
from resolver.facade.recording import check_entries, check_names, checked_key, lower, masked_error, record, restore
from resolver.facade.requests import decide, explained
from resolver.forks import RenewedLock
from resolver.prover import Proof
from resolver.serving import LivePolicy
from resolver.serving.decision_log import DecisionLog
from resolver.serving.telemetry import current
from resolver.state import Store
from resolver.table import ANY_OTHER, DecisionTable, Report

if TYPE_CHECKING:  # running agents needs asyncio and more, which deciding on a tier does not
    from resolver.agents import Attempt, ModelSource, ToolFailed
    from resolver.agents.agent_host import AgentHost
    from resolver.agents.model import TieredModel

_hosting = RenewedLock()
"""Held while a resolver makes its agent host, so that it makes one only."""


class Resolver:
    """Decides on which model tier an agent runs, and learns from the outcomes that are reported.

    Open one with `Resolver.open`, and close it at the end, or use it in a `with` block. It is safe for threads, for
    asyncio and after a fork. A request waits for no lock, proof or network; once a second, one request checks whether
    the policy's files have changed.

    Example:
        >>> with Resolver.open() as resolver:
        ...     resolver.resolve("layout", "worker_a", phase="execution").tier
        'fast'
    """

    __slots__ = (
        "_decision_log",
        "_host",
        "_is_observed",
        "_live",
        "_providers",
        "_store",
        "_telemetry",
        "_tool_failed",
    )

    def __init__(
        self,
        live: LivePolicy,
        store: Store,
        providers: ModelSource | None = None,
    ) -> None:
        """Use `Resolver.open`."""
        self._live = live
        self._store = store
        self._providers = providers
        self._tool_failed: ToolFailed | None = None
        self._decision_log: DecisionLog | None = None
        self._telemetry = current()
        self._is_observed = self._telemetry is not None
        self._host: AgentHost | None = None

    @classmethod
    def open(
        cls,
        path: str | PathLike[str] | None = None,
        *,
        state: str | None = None,
        providers: ModelSource | None = None,
        decision_log: str | PathLike[str] | DecisionLog | None = None,
        tool_failed: ToolFailed | None = None,
    ) -> Self:
        """Load a policy, prove it, and return a resolver for it.

        The policy's files are looked at again once a second, when a request comes. A change is loaded and proven in the
        background while requests go on. A good policy then replaces the old one; a bad one is logged and refused.
        Warnings of the policy are logged, one line for each code.

        Args:
            path: A policy directory, or an application's single file. None means `./policies` if it exists, else the
                policy that ships with the package, which is read-only.
            state: The URL of a database in which many hosts keep what they learn (see docs/operations.md). None keeps
                it in the policy file and in a SQLite file beside it.
            providers: Makes the models that agents run on: any object with `available_providers` and
                `get_model(provider, model_id)`. None means agno's models for the providers that the policy names and
                the environment has keys for.
            decision_log: A file to which decisions are appended as JSON Lines, or a `DecisionLog`, which can sample
                them. None writes no log.
            tool_failed: Recognizes failures that a tool of an agent answers as text: called with the tool's name and
                its result, it returns whether the tool has failed. None means that only an exception is a failure.

        Raises:
            PolicyError: The policy is wrong. The error has every problem that was found.
            ResolverError: There is no policy to read, the database of the state cannot be reached, the decision log
                cannot be written, `providers` lacks a part, or `tool_failed` cannot be called.
        """
        if tool_failed is not None and (not callable(tool_failed) or iscoroutinefunction(tool_failed)):
            raise ResolverError(f"`tool_failed` is a function of a tool's name and its result, not `{tool_failed!r}`")
        if providers is not None:
            from resolver.agents.model_source import check_model_source  # noqa: PLC0415  only agents need it

            check_model_source(providers)
        live = policy_at(path)
        store = store_of(live, state)
        try:
            log = opened_log(decision_log)
        except BaseException:
            store.close()
            raise
        resolver = cls(live, store, providers)
        resolver._tool_failed = tool_failed
        if log is not None:
            resolver._decision_log, resolver._is_observed = log, True
        return resolver

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close files, connections and threads; closing twice does nothing. A later call opens them again."""
        if self._host is not None:
            self._host.close()
        self._live.close()
        self._store.close()
        if self._decision_log is not None:
            self._decision_log.close()

    def reload(self) -> None:
        """Load and prove the policy again now, and replace the policy in force if it is good.

        Requests are answered by the old policy until the new one is ready.

        Raises:
            PolicyError: The new policy is wrong. The old one stays in force.
            ResolverError: The policy cannot be read. The old one stays in force.
        """
        self._live.reload()

    def poll(self) -> None:
        """Look for changes of the policy's files or of a database, as a request does once a second; wait for nothing.

        A program that shows what is in force calls this while it has no requests.
        """
        self._live.poll()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._live.table.policy

    @property
    def table(self) -> DecisionTable:
        """The decision table in force."""
        return self._live.table

    @property
    def proof(self) -> Proof:
        """The proof of the policy in force: its results, and the number of states that were examined."""
        return self._live.proof

    @property
    def read_only(self) -> bool:
        """Whether nothing can be learned, because the policy is the one that ships with the package."""
        return self._live.fixed and self._store.revision is None  # a database learns for any policy

    def health(self) -> Health:
        """Return the health of the store and of the policy, as this process knows it now.

        This asks no server and waits for no report, so that it works while the database is away. A process with poor
        health still decides: use `Health.ok` for alerts, not to end the process.

        Example:
            >>> with Resolver.open() as resolver:
            ...     health = resolver.health()
            >>> health.ok, health.store.kind, health.policy.refused
            (True, 'file', False)
        """
        return health_of(self._live, self._store)

    def resolve(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Decision:
        """Decide on which tier the agent of `triad` with `role` runs.

        Args:
            triad: The name of the triad, any text.
            role: The agent's role in it, any text without a colon.
            phase: The phase. None and `""` both mean no phase.
            facts: The policy's own facts, by name.

        Raises:
            RequestError: The role has a colon, a name is not text, or the policy does not declare a fact or its value.
        """
        if self._is_observed:
            return self._resolve_observed(triad, role, phase, facts)
        live = self._live
        if monotonic() >= live.next_poll:
            live.poll()
        table = live.table
        try:
            row = table.rows.get(role)
            if row is None and role.__class__ is str and ":" not in role:
                row = table.others
            if row is not None and not facts and triad.__class__ is str:
                triads, phases = row
                if triads:
                    phases = triads.get(triad, phases)
                decision = phases.get(phase)
                if decision is None and phase.__class__ is str and phase not in phases:
                    decision = phases[ANY_OTHER]
                if decision is not None:
                    return decision
        except TypeError:  # a name that is not even hashable
            pass
        return decide(table, triad, role, phase, facts)

    def explain(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Explanation:
        """Decide as `resolve` does, and say of every rule why it won or lost. Arguments and errors are the same."""
        if monotonic() >= self._live.next_poll:
            self._live.poll()
        self._live.refresh_places()
        return explained(self._live.table, triad, role, phase, facts)

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
        key: str | None = None,
    ) -> Outcome:
        """Report that a request failed, and return the effect. When this returns, an escalation is safe on the disk.

        Args:
            triad: As for `resolve`.
            role: As for `resolve`.
            phase: As for `resolve`.
            kind: What failed, in one word. The rules decide which kinds count.
            error: The error for the history. It is shortened, and keys and tokens in it are masked.
            facts: As for `resolve`.
            ran_on: The decision that the work ran on. If the request would get another tier now, the outcome is
                ignored: six failures at once are one escalation.
            key: Identifies this report, in 1 to 255 characters. A second report with the same key changes nothing, even
                after a restart, about another request, or on another host with the same database; its outcome is
                `repeated`. Files keep the keys of the last 100,000 outcomes, a database keeps each for eight days.

        Raises:
            RequestError: A name, a fact, the kind or `key` is wrong. Nothing has changed.
            ResolverError: The outcome cannot be judged or written. Nothing has changed.
        """
        return self._record(triad, role, phase, facts, ran_on, failed=True, kind=kind, error=error, key=key)

    def record_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Report that a request succeeded, and return the effect; arguments and errors as for `record_failure`."""
        return self._record(triad, role, phase, facts, ran_on, failed=False, key=key)

    async def arecord_failure(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        kind: str | None = None,
        error: BaseException | str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Do what `record_failure` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  only asynchronous callers have it

        return await asyncio.to_thread(
            self.record_failure, triad, role, phase=phase, kind=kind, error=error, facts=facts, ran_on=ran_on, key=key
        )

    async def arecord_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Do what `record_success` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  as above

        return await asyncio.to_thread(
            self.record_success, triad, role, phase=phase, facts=facts, ran_on=ran_on, key=key
        )

    def escalations(self) -> Mapping[Subject, str]:
        """Return the entries in force: subject to tier."""
        return self._store.escalations()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return the running streaks of failures."""
        return self._store.streaks()

    def history(
        self, since: datetime | None = None, triad: str | None = None, most: int | None = None
    ) -> Sequence[Event]:
        """Return every escalation and hold, and what people did about them, oldest first.

        Args:
            since: Only events from this time on; a time without a zone is in UTC. None means all.
            triad: Only events of this triad. None means all.
            most: Only the newest events, this many at most. None means all.

        Raises:
            RequestError: `since` is not a time, `triad` is not a name, or `most` is not a number from 1 on.
            ResolverError: The store cannot be used.
        """
        check_names(triad=triad)
        if since is not None and not isinstance(since, datetime):
            raise RequestError(f"`since` is a `datetime`, not `{since!r:.100}`")
        if most is not None and (not isinstance(most, int) or most < 1):
            raise RequestError(f"`most` is a number from 1 on, not `{most!r:.100}`")
        return self._store.history(since, triad, most)

    def import_entries(
        self, entries: Mapping[Subject, str], reasons: Mapping[Subject, str] | None = None
    ) -> Mapping[Subject, tuple[str | None, str]]:
        """Raise entries of the database to those that hosts have learned by themselves; no entry is lowered.

        Args:
            entries: The tier of each subject.
            reasons: A reason for some or all subjects, for the history.

        Returns:
            What was raised: the entry before, None if there was none, and the entry after.

        Raises:
            ResolverError: There is no database, it cannot be reached, or an entry is not a tier of the policy's ladder.
        """
        check_entries(entries, reasons, self._live.table.policy.model_tiers.ladder)
        masked_reasons = {subject: masked(text) for subject, text in (reasons or {}).items()}
        return self._store.import_entries(entries, masked_reasons)

    def outcomes(self) -> Iterator[str]:
        """Yield every recorded outcome, oldest first, as a line of JSON, which `resolver replay` reads."""
        return self._store.outcomes()

    def removed_entries(self) -> Mapping[Subject, Event]:
        """Return the entries that people removed from the policy file, or lowered in it.

        Each has the event that recorded it last; its `from_tier` is the tier that `restore` brings back.
        """
        return self._store.removed_entries()

    def lost(self) -> Mapping[Subject, Event]:
        """Return `removed_entries()`, its new name. Deprecated: this name goes with version 0.3."""
        warnings.warn("`lost` is now `removed_entries`", DeprecationWarning, stacklevel=2)
        return self.removed_entries()

    def lower(self, triad: str, role: str, tier: str | None = None, *, reason: str = "") -> None:
        """Lower the entry of a subject, or remove it: a person's decision, which the program never makes.

        Args:
            triad: The triad of the subject.
            role: The role of the subject.
            tier: The new tier, below the entry. None removes the entry.
            reason: Why, for the history.

        Raises:
            RequestError: The subject has no entry, or `tier` is not below it.
            ResolverError: The state cannot be used.
        """
        lower(self._live, self._store, Subject(triad, role), tier, reason)

    def restore(self, triad: str, role: str) -> str:
        """Bring back an entry that a person removed from the policy file or lowered in it, and return its tier.

        Raises:
            RequestError: No entry of this subject was removed or lowered.
            ResolverError: The state cannot be used.
        """
        return restore(self._live, self._store, Subject(triad, role))

    @property
    def providers(self) -> ModelSource:
        """The source of models: the one given to `open`, else the providers that the environment has keys for."""
        return self._agents().pool.source

    def note_provider_failure(self, failed: LastFailure) -> None:
        """Note the last failure of a provider, for `provider_failures` in this process and others.

        The models that this resolver makes call this themselves.

        Args:
            failed: The failure. Its process is filled in.

        Raises:
            ResolverError: The policy is read-only, or its files cannot be used.
        """
        if not isinstance(failed, LastFailure):
            raise ResolverError(f"a provider's failure is a `LastFailure`, not `{failed!r:.100}`")
        self._store.note_provider_failure(failed)

    def provider_failures(self) -> Mapping[str, LastFailure]:
        """Return the last failure of each provider in any process of this host, with the end of its cool-down.

        A database for many hosts (`state`) keeps none.

        Raises:
            ResolverError: The file beside the policy cannot be used.

        Example:
            >>> with Resolver.open() as resolver:
            ...     dict(resolver.provider_failures())
            {}
        """
        return self._store.provider_failures()

    def model(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> TieredModel:
        """Return an agno model that runs each call on the tier then in force for the agent of `triad` with `role`.

        A call goes to the tier's providers in order until one succeeds. If all fail, one error names each failure: it
        is a ResolverError and, where keycycle is installed, a `keycycle.NoAvailableKeyError`. The outcome of an agent's
        turn is recorded when the turn ends.

        Args:
            triad: As for `resolve`.
            role: As for `resolve`.
            phase: Fixes the phase. None means the phase of the surrounding `in_phase`, at each call.
            facts: As for `resolve`.

        Raises:
            ResolverError: A fact is not declared in the policy, or agno is not installed.
        """
        return self._agents().model(triad, role, phase, facts)

    def in_phase(self, phase: str | None) -> AbstractContextManager[None]:
        """Run models in `phase` inside a `with` block: in this thread or task, and in tasks that it starts."""
        return self._agents().in_phase(phase)

    def attempt(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Attempt:
        """Return a `with` or `async with` block that yields a model and records how the block ends.

        A clean end is recorded as a success. An exception is recorded as a failure of the kind that it shows (`task` if
        it shows none), and propagates. The tier is the one in force at the start. Arguments and errors are those of
        `model`. An agent raises nothing when its run fails: check its status, or give the agent `model` itself.
        """
        return self._agents().attempt(triad, role, phase, facts)

    def record_run(
        self,
        triad: str,
        roles: str | Iterable[str] | Mapping[str, str],
        run_output: Any,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        output_schema: object = None,
    ) -> Mapping[str, Outcome]:
        """Report the result of an agno run, and return the effect for each role.

        A run with `status == error` is a failure, of the kind that its text shows. So is a completed run whose answer
        says nothing, or cannot be made its `output_schema`. Only what no model has observed in
        this run is added, and a run that this resolver has recorded before adds nothing. A model made by this resolver
        records its success when its turn ends, so that a result which is judged later needs `watch`.

        Args:
            triad: As for `resolve`.
            roles: The roles that the result counts for. A mapping from agents' names to roles judges each role by its
                own agent's run in the team.
            run_output: A `RunOutput` or `TeamRunOutput` of agno.
            phase: As for `resolve`.
            facts: As for `resolve`.
            output_schema: The `output_schema` that the run was asked for, which its result does not tell. None means
                that any text is an answer.

        Raises:
            ResolverError: As for `record_failure`.
        """
        return self._agents().record_run(triad, roles, run_output, phase, facts, schema=output_schema)

    def watch(
        self,
        agent_or_team: Any,
        triad: str,
        roles: str | Mapping[str, str] | None = None,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
    ) -> None:
        """Record every run of an agno agent, or of a team and its members, when it ends, as `record_run` does.

        A run whose result is an error is a failure then, even if its model did well; until the result is known, no
        success is recorded. An error of the store is logged and does not break the run.

        Args:
            agent_or_team: The agent or team of agno.
            triad: As for `resolve`.
            roles: The role of the agent, or a mapping from agents' names to roles. None means that their names are
                their roles. Agents that are not named are left alone; an agent whose model this resolver made has the
                role of its model.
            phase: As for `resolve`.
            facts: As for `resolve`.
        """
        self._agents().watch(agent_or_team, triad, roles, phase, facts)

    def _agents(self) -> AgentHost:
        if self._host is None:
            from resolver.agents.agent_host import AgentHost  # noqa: PLC0415  see the head of this file

            with _hosting:
                if self._host is None:
                    self._host = AgentHost(self, self._providers, tool_failed=self._tool_failed)
        return self._host

    def _resolve_observed(
        self, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None
    ) -> Decision:
        """Decide as `resolve` does, count the decision and write it into the decision log."""
        live = self._live
        if monotonic() >= live.next_poll:
            live.poll()
        table = live.table
        decision = decide(table, triad, role, phase, facts)
        if self._telemetry is not None:
            self._telemetry.decided(decision.tier, decision.rule)
        if self._decision_log is not None:
            entries = table.policy.model_tiers.escalation_state
            self._decision_log.note(triad, role, phase, facts, decision, entries, self._store.revision)
        return decision

    def _record(
        self,
        triad: str,
        role: str,
        phase: str | None,
        facts: Mapping[str, Value] | None,
        ran_on: Decision | None,
        *,
        failed: bool,
        kind: str | None = None,
        error: BaseException | str | None = None,
        key: str | None = None,
    ) -> Outcome:
        subject, phase = request_names(triad, role, phase)
        extra = self._live.table.check_extra(facts or NO_FACTS)
        if ran_on is not None and not isinstance(ran_on, Decision):
            raise RequestError(f"`ran_on` is the decision that the work ran on, not `{ran_on!r}`")
        tier = None if ran_on is None else ran_on.tier
        text, kept = masked_error(error), None if key is None else checked_key(key)
        return record(self._live, self._store, Report(subject, phase, extra, failed, kind, text, tier, kept))
