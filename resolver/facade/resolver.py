"""The `Resolver`: what an application opens a policy with, asks, and reports to."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from resolver.diagnostics import ResolverError
from resolver.domain import Decision, Explanation, Policy, Value
from resolver.facade.requests import NO_FACTS, names, unlisted
from resolver.facade.seating import Seating
from resolver.loader import is_packaged, shipped_policy
from resolver.serving.decision_log import DecisionLog
from resolver.table import ANY_OTHER, DecisionTable, explain

if TYPE_CHECKING:  # imported by `open`: they are half of what importing this would take
    from resolver.agents import ModelSource
    from resolver.prover import Proof
    from resolver.serving import LivePolicy
    from resolver.state import Store


class Resolver(Seating):
    """Decides on which model tier an agent runs, and learns from what comes of it.

    Safe for threads, for asyncio and after a fork; a request never waits for the disk or a lock.

    >>> with Resolver.open() as resolver:
    ...     resolver.resolve("layout", "worker_a", phase="execution").tier
    'fast'
    """

    __slots__ = ()

    def __init__(self, live: LivePolicy, store: Store, providers: ModelSource | None = None) -> None:
        """Use `Resolver.open`."""
        self._live = live
        self._store = store
        self._providers = providers
        self._seats = None

    @classmethod
    def open(
        cls,
        path: str | PathLike[str] | None = None,
        *,
        state: str | None = None,
        providers: ModelSource | None = None,
        decision_log: str | PathLike[str] | DecisionLog | None = None,
    ) -> Self:
        """Load and judge a policy.

        `path` is a policy directory or an application's single file; None means `./policies` if it is there, else the
        policy that ships with the package, which is read-only. `state` is the URL of a database in which many hosts
        keep what they learn (docs/operations.md); None keeps it in the policy file and beside it. `providers` makes the
        models that agents run on: anything with `available_providers` and `get_model(provider, model_id)`; None means
        those that the environment has keys for. `decision_log` is a file to which decisions are written as JSON Lines,
        or a `DecisionLog`, which can take fewer of them. Warnings of the policy are logged, one line for each code.

        The policy's files are looked at again once a second, on the way of a request: a change is loaded and proven in
        the background while requests go on, then taken over if it is good, and logged if it is bad. Raises PolicyError
        with every problem of the policy, and ResolverError if there is nothing to read, or the state cannot be reached.
        """
        from resolver.facade.observed import opened  # noqa: PLC0415  see the head of this file
        from resolver.facade.states import store_of  # noqa: PLC0415  as above
        from resolver.serving import LivePolicy  # noqa: PLC0415  as above

        fallback = path is None and not Path("policies").is_dir()
        where = shipped_policy() if fallback else Path("policies" if path is None else path)
        live = LivePolicy(where, fixed=fallback or is_packaged(where))
        store = store_of(live, state)
        try:
            log = DecisionLog(decision_log) if isinstance(decision_log, str | PathLike) else decision_log
        except ResolverError:
            store.close()
            raise
        return opened(cls, live, store, providers, log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything outside this process; closing twice does nothing."""
        self._live.close()
        self._store.close()
        if self._seats is not None:
            self._seats.pool.close()

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
    def read_only(self) -> bool:
        """Whether nothing can be learned, because the policy is the one that ships with the package."""
        return self._live.fixed and self._store.revision is None  # a database learns for any policy

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
        return explain(table, subject, phase, table.check_extra(facts or NO_FACTS))
