"""The `Resolver`: what an application opens a policy with, and asks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from resolver.diagnostics import Diagnostic, ResolverError
from resolver.domain import Decision, Explanation, Policy, Subject, Value, subject_problem
from resolver.engine import engine_lock
from resolver.loader import load_policy, shipped_policy
from resolver.table import ANY_OTHER, DecisionTable, compile_table, explain
from resolver.table.explain import undecided

_log = logging.getLogger("resolver")
_NO_FACTS: Mapping[str, Value] = MappingProxyType({})


class Resolver:
    """Decides on which model tier an agent runs. Safe for threads, for asyncio, and after a fork; readers never lock.

    >>> with Resolver.open() as resolver:
    ...     resolver.resolve("layout", "worker_a", phase="execution").tier
    'fast'
    """

    __slots__ = ("_path", "_table")

    def __init__(self, path: Path, table: DecisionTable) -> None:
        """Use `Resolver.open`."""
        self._path = path
        self._table = table

    @classmethod
    def open(cls, path: str | PathLike[str] | None = None) -> Self:
        """Load and judge a policy.

        `path` is a policy directory or an application's single file; None means `./policies` if it is there, else the
        policy that ships with the package. Warnings of the policy are logged, one line for each code.

        Raises PolicyError with every problem of the policy, and ResolverError if there is nothing to read.
        """
        where = default_path() if path is None else Path(path)
        table = compile_table(load_policy(where))
        _log_warnings(where, table.policy.warnings)
        return cls(where, table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything outside this process; closing twice does nothing."""

    def reload(self) -> None:
        """Load the policy again and take it over if it is good.

        Requests are answered by the old policy until the new one is ready. Raises PolicyError, and goes on with the old
        one, if the new one is bad; ResolverError if it cannot be read.
        """
        with engine_lock():  # of two reloads at once, the later one must win
            table = compile_table(load_policy(self._path))
            _log_warnings(self._path, table.policy.warnings)
            self._table = table

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._table.policy

    @property
    def table(self) -> DecisionTable:
        """The decision table in force."""
        return self._table

    def resolve(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Decision:
        """Decide on which tier the agent of `triad` with `role` runs.

        No `phase` and the phase `""` are the same. `facts` are the policy's own facts, by name. Raises ResolverError
        for facts or values that the policy does not declare, and for a role with a colon.
        """
        table = self._table
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
        return _resolve(table, triad, role, phase, facts)

    def explain(
        self, triad: str, role: str, *, phase: str | None = None, facts: Mapping[str, Value] | None = None
    ) -> Explanation:
        """Decide, and tell of every rule why it won, or why it did not. Arguments and errors are those of `resolve`."""
        table = self._table
        subject, phase = _names(triad, role, phase)
        return explain(table, subject, phase, table.check_extra(facts or _NO_FACTS))


def default_path() -> Path:
    """Return `./policies` if it is there, else the directory of the shipped policy."""
    here = Path("policies")
    return here if here.is_dir() else shipped_policy()


def _resolve(
    table: DecisionTable, triad: str, role: str, phase: str | None, facts: Mapping[str, Value] | None
) -> Decision:
    """Answer what the index of listed names does not: other names, extra facts, and what is wrong with a request."""
    subject, phase = _names(triad, role, phase)
    if facts:
        decision = table.decide(table.facts_of(subject, phase, table.check_extra(facts)))
    else:
        triads, others = table.rows.get(subject.role, table.others)
        phases = triads.get(subject.triad, others)
        decision = phases[phase] if phase in phases else phases[ANY_OTHER]
    if decision is None:
        raise ResolverError(undecided(subject, phase))
    return decision


def _names(triad: str, role: str, phase: str | None) -> tuple[Subject, str | None]:
    """Return the names of a request as plain text: an enumeration's members may print as something else."""
    if problem := subject_problem(triad, role):
        raise ResolverError(problem)
    if phase is not None and not isinstance(phase, str):
        raise ResolverError(f"a phase is text, not `{phase!r}`")
    return Subject(str.__str__(triad), str.__str__(role)), phase and str.__str__(phase)


def _log_warnings(path: Path, warnings: tuple[Diagnostic, ...]) -> None:
    for code, count in sorted(Counter(found.code for found in warnings).items()):
        _log.warning("policy %s: %d × %s; `resolver check` shows them", path, count, code)
