"""The `Resolver`: what an application opens a policy with, asks, and reports to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from resolver.diagnostics import ResolverError
from resolver.domain import Decision, Event, Explanation, Outcome, Policy, Streak, Subject, Value
from resolver.facade.decision_log import DecisionLog
from resolver.facade.requests import names, unlisted
from resolver.loader import is_packaged, shipped_policy
from resolver.table import ANY_OTHER, DecisionTable, Report, explain

if TYPE_CHECKING:  # imported by `open`: they are half of what importing this would take
    from resolver.prover import Proof
    from resolver.store import LivePolicy, Store

_NO_FACTS: Mapping[str, Value] = MappingProxyType({})


class Resolver:
    """Decides on which model tier an agent runs, and learns from what comes of it.

    Safe for threads, for asyncio and after a fork; a request never waits for the disk or a lock.

    >>> with Resolver.open() as resolver:
    ...     resolver.resolve("layout", "worker_a", phase="execution").tier
    'fast'
    """

    __slots__ = ("_live", "_store")

    def __init__(self, live: LivePolicy, store: Store) -> None:
        """Use `Resolver.open`."""
        self._live = live
        self._store = store

    @classmethod
    def open(
        cls,
        path: str | PathLike[str] | None = None,
        *,
        state: str | None = None,
        decision_log: str | PathLike[str] | DecisionLog | None = None,
    ) -> Self:
        """Load and judge a policy.

        `path` is a policy directory or an application's single file; None means `./policies` if it is there, else the
        policy that ships with the package, which is read-only. `state` is the URL of a database in which many hosts
        keep what they learn (docs/operations.md); None keeps it in the policy file and beside it. Warnings of the
        policy are logged, one line for each code. `decision_log` is a file to which decisions are written as JSON
        Lines, or a `DecisionLog`, which can take fewer of them.

        The policy's files are looked at again once a second, on the way of a request: a good change is taken over, a
        bad one is logged. Raises PolicyError with every problem of the policy, and ResolverError if there is nothing to
        read, or the state cannot be reached.
        """
        from resolver.facade.observed import opened  # noqa: PLC0415  see the head of this file
        from resolver.facade.states import store_of  # noqa: PLC0415  as above
        from resolver.store import LivePolicy  # noqa: PLC0415  as above

        fallback = path is None and not Path("policies").is_dir()
        where = shipped_policy() if fallback else Path("policies" if path is None else path)
        live = LivePolicy(where, fixed=fallback or is_packaged(where))
        store = store_of(live, state)
        try:
            log = DecisionLog(decision_log) if isinstance(decision_log, str | PathLike) else decision_log
        except ResolverError:
            store.close()
            raise
        return opened(cls, live, store, log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything outside this process; closing twice does nothing."""
        self._store.close()

    def reload(self) -> None:
        """Load the policy again and take it over if it is good.

        Requests are answered by the old policy until the new one is ready. Raises PolicyError, and goes on with the old
        one, if the new one is bad; ResolverError if it cannot be read.
        """
        self._live.reload()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._live.table.policy

    @property
    def proof(self) -> Proof:
        """What was proven of the policy in force, and how much was looked at."""
        return self._live.proof

    @property
    def table(self) -> DecisionTable:
        """The decision table in force."""
        return self._live.table

    def resolve(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Decision:
        """Decide on which tier the agent of `triad` with `role` runs.

        No `phase` and the phase `""` are the same. `facts` are the policy's own facts, by name. Raises ResolverError
        for facts or values that the policy does not declare, and for a role with a colon.
        """
        live = self._live
        if monotonic() >= live.next_look:
            live.look()
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
        return unlisted(table, triad, role, phase, facts)

    def explain(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Explanation:
        """Decide, and tell of every rule why it won, or why it did not. Arguments and errors are those of `resolve`."""
        if monotonic() >= self._live.next_look:
            self._live.look()
        self._live.settle_places()
        table = self._live.table
        subject, phase = names(triad, role, phase)
        return explain(table, subject, phase, table.check_extra(facts or _NO_FACTS))

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
        """Report that a request failed, and return what came of it.

        `kind` says in a word what failed (rules decide which kinds count), `error` is kept for the history, cut and
        without keys. `ran_on` is the decision that the work ran on: if the request would get another tier now, the
        outcome is ignored, so that six failures at once are one escalation. An escalation is safe on the disk when this
        returns. Raises ResolverError, and nothing has changed then, if it cannot be judged or written.
        """
        return self._record(triad, role, phase, facts, ran_on, failed=True, kind=kind, error=error)

    def record_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Report that a request succeeded, and return what came of it; arguments are those of `record_failure`."""
        return self._record(triad, role, phase, facts, ran_on, failed=False)

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
    ) -> Outcome:
        """Do what `record_failure` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  a quarter of what `import resolver` would take

        return await asyncio.to_thread(
            self.record_failure, triad, role, phase=phase, kind=kind, error=error, facts=facts, ran_on=ran_on
        )

    async def arecord_success(
        self,
        triad: str,
        role: str,
        *,
        phase: str | None = None,
        facts: Mapping[str, Value] | None = None,
        ran_on: Decision | None = None,
    ) -> Outcome:
        """Do what `record_success` does, without blocking the event loop."""
        import asyncio  # noqa: PLC0415  see `arecord_failure`

        return await asyncio.to_thread(self.record_success, triad, role, phase=phase, facts=facts, ran_on=ran_on)

    def escalations(self) -> Mapping[Subject, str]:
        """Return the entries in force: subject to tier."""
        return self._store.escalations()

    def streaks(self) -> Mapping[Subject, Streak]:
        """Return the running streaks."""
        return self._store.streaks()

    def history(self) -> Sequence[Event]:
        """Return every escalation and hold, and what people did about them, oldest first."""
        return self._store.history()

    def lost(self) -> Mapping[Subject, Event]:
        """Return the entries that a person took out of the policy file; `restore` brings one back."""
        return self._store.lost()

    def lower(self, triad: str, role: str, tier: str | None = None, *, reason: str = "") -> None:
        """Lower the entry of a subject to `tier`, or take it out: a person's decision, never the program's.

        `reason` goes into the history. Raises ResolverError if there is no entry, or `tier` is not below it.
        """
        from resolver.facade.recording import lower  # noqa: PLC0415  it imports the store

        lower(self._live, self._store, Subject(triad, role), tier, reason)

    def restore(self, triad: str, role: str) -> str:
        """Bring back an entry that a person took out of the file, and return its tier; ResolverError without one."""
        from resolver.facade.recording import restore  # noqa: PLC0415  it imports the store

        return restore(self._live, self._store, Subject(triad, role))

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
    ) -> Outcome:
        from resolver.facade.recording import masked_error, record  # noqa: PLC0415  it imports the store

        subject, phase = names(triad, role, phase)
        extra = self._live.table.check_extra(facts or _NO_FACTS)
        tier = None if ran_on is None else ran_on.tier
        report = Report(subject, phase, extra, failed, kind, masked_error(error), tier)
        return record(self._live, self._store, report)
