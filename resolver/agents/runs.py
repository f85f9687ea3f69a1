"""Runs of agents: the turns that were observed in each, and the judgement of their results."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from resolver.agents.failure_kinds import kind_of
from resolver.agents.last_answer import failure_of, failure_of_content
from resolver.agents.run_ends import outer_runs
from resolver.agents.turn import Failure, ToolFailed, Turn, answered, failed_tools, refused, status_of
from resolver.diagnostics import ResolverError, masked
from resolver.domain import Subject
from resolver.forks import RenewedLock
from resolver.frozen import frozen

_RUNS = 10_000
"""Runs that are remembered; a run that is recorded again after this many others would count twice."""


@dataclass(slots=True)
class _Seen:
    """The observations of a subject in a run."""

    expected: bool = False
    observed: bool = False
    failed: bool = False
    struck: bool = False
    recorded: bool = False
    held: Turn | None = None


@frozen
class ToRecord:
    """The part of a run that is not recorded yet: a failure, or a success if it is None, of the turn that was held."""

    failure: Failure | None
    turn: Turn | None


class RunLog:
    """The observations of models in runs, so that nothing is recorded twice. Safe for threads."""

    def __init__(self) -> None:
        self._lock = RenewedLock()
        self._seen: OrderedDict[tuple[str, Subject], _Seen] = OrderedDict()

    def expect(self, run_id: str, subject: Subject) -> None:
        """Note that the result of a run will be reported, so that successes in it wait for that."""
        with self._lock:
            self._entry(run_id, subject).expected = True

    def observe(self, turn: Turn) -> bool:
        """Note the outcome of a turn, and return whether its success waits for the result of the run."""
        with self._lock:
            entries = [self._entry(run_id, turn.subject) for run_id in turn.run_ids]
            hold = turn.is_good and any(entry.expected for entry in entries)
            for entry in entries:
                entry.observed, entry.recorded = True, False
                entry.failed = not turn.is_good
                entry.held = turn if hold and entry.expected else None
        return hold

    def strike(self, turn: Turn) -> bool:
        """Note that the failure of a turn is recorded, and return whether it is the first of its run.

        A team's run and those of its members are one run: a person has asked once.
        """
        with self._lock:
            return _strike([self._entry(run_id, turn.subject) for run_id in turn.run_ids])

    @contextmanager
    def settling(self, run_id: str, subject: Subject, failure: Failure | None) -> Iterator[ToRecord | None]:
        """Yield what remains to be recorded of a run that ended so; None if models have observed it all.

        If recording it raises an error, it remains to be recorded.
        """
        left = self._settle(run_id, subject, failure)
        try:
            yield left
        except BaseException:
            with self._lock:
                entry, *_ = entries = self._entries(run_id, subject)
                entry.recorded, entry.held = False, left.turn if left else None
                for each in entries:
                    each.struck = False
            raise

    def _settle(self, run_id: str, subject: Subject, failure: Failure | None) -> ToRecord | None:
        with self._lock:
            entry, *_ = entries = self._entries(run_id, subject)
            if entry.recorded:
                return None
            entry.recorded, entry.expected = True, False
            held, entry.held = entry.held, None
            if entry.observed and held is None and (failure is None or entry.failed):
                return None
            if failure is not None and not _strike(entries):
                return None
            return ToRecord(failure, held)

    def _entries(self, run_id: str, subject: Subject) -> list[_Seen]:
        """Return the observations in a run, and those in the teams' runs around it."""
        return [self._entry(run, subject) for run in (run_id, *outer_runs(run_id))]

    def _entry(self, run_id: str, subject: Subject) -> _Seen:
        entry = self._seen.setdefault((run_id, subject), _Seen())
        self._seen.move_to_end((run_id, subject))
        if len(self._seen) > _RUNS:
            self._seen.popitem(last=False)
        return entry


def _strike(entries: Sequence[_Seen]) -> bool:
    """Note a strike in a run and in the runs around it, and return whether it is their first."""
    is_first = not any(entry.struck for entry in entries)
    for entry in entries:
        entry.struck = True
    return is_first


def judged(run: Any, schema: object, tool_failed: ToolFailed | None) -> tuple[bool, Failure | None]:
    """Return whether a run has an outcome, and its failure if it has failed.

    `status == error` is a failure although nothing was raised. A result that says nothing, or that cannot be read as
    what `schema` asks for, is one too. A run that was cancelled, is paused or continues has no outcome.
    """
    status = status_of(run)
    if status == "error":
        text = str(run.content or "")
        return True, Failure(kind_of(text), " ".join(masked(text).split()))
    if status != "completed":
        return False, None
    messages = [message for message in run.messages or () if not getattr(message, "from_history", False)]
    if failed := failed_tools(messages, without=refused(run), answered=answered(run), tool_failed=tool_failed):
        return True, Failure.of_tools(failed)
    return True, failure_of(messages, None) or failure_of_content(run.content, schema)


def roles_of(run: Any, roles: str | Iterable[str] | Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield each role with the run that judges it.

    A mapping has the roles of agents by name: each role is judged by its own agent's run in the team. All other roles
    are judged by `run` itself.
    """
    if not hasattr(run, "status"):
        raise ResolverError(f"a run is what an agent or a team of agno returns, not `{masked(repr(run)):.80}`")
    if isinstance(roles, str):
        yield roles, run
    elif isinstance(roles, Mapping):
        for member_run in _with_members(run):
            name = getattr(member_run, "agent_name", None) or getattr(member_run, "team_name", None) or ""
            if name in roles:
                yield roles[name], member_run
    elif isinstance(roles, Iterable):
        for role in roles:
            yield role, run
    else:
        given = masked(repr(roles))
        raise ResolverError(f"`roles` is a role, several roles, or roles by the names of agents, not `{given}`")


def _with_members(run: Any) -> Iterator[Any]:
    yield run
    members: Sequence[Any] = getattr(run, "member_responses", None) or ()
    for member in members:
        yield from _with_members(member)
