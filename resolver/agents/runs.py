"""Runs of agents: what was observed of which, and what their results say."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from resolver.agents.failure_kinds import kind_of
from resolver.agents.turn import Failure, Turn, failed_tools, refused
from resolver.diagnostics import masked
from resolver.domain import Subject
from resolver.forks import RenewedLock

_RUNS = 10_000
"""Runs that are remembered; one that is recorded again after so many others would count twice."""


@dataclass(slots=True)
class _Seen:
    """What is known of a subject in a run."""

    expected: bool = False
    observed: bool = False
    failed: bool = False
    recorded: bool = False
    held: Turn | None = None


@dataclass(frozen=True, slots=True)
class ToRecord:
    """What a run still has to be recorded as: a failure, or a success if there is none, of the turn it was held for."""

    failure: Failure | None
    turn: Turn | None


class RunLog:
    """What models observed in runs, so that nothing is recorded twice. Safe for threads."""

    def __init__(self) -> None:
        self._lock = RenewedLock()
        self._seen: OrderedDict[tuple[str, Subject], _Seen] = OrderedDict()

    def expect(self, run_id: str, subject: Subject) -> None:
        """Note that somebody will tell of the result of a run, so that successes in it wait for that."""
        with self._lock:
            self._entry(run_id, subject).expected = True

    def observe(self, turn: Turn) -> bool:
        """Note the outcome of a turn, and tell whether its success is to wait for the result of the run."""
        good = turn.failure is None and not turn.unserved
        with self._lock:
            entries = [self._entry(run_id, turn.subject) for run_id in turn.run_ids]
            hold = good and any(seen.expected for seen in entries)
            for seen in entries:
                seen.observed, seen.recorded = True, False
                seen.failed = seen.failed or not good
                seen.held = turn if hold else None
        return hold

    @contextmanager
    def settling(self, run_id: str, subject: Subject, failure: Failure | None) -> Iterator[ToRecord | None]:
        """Yield what is left to record of a run that ended so, once; None if models have observed it all.

        It is left again if recording it raises.
        """
        left = self._settle(run_id, subject, failure)
        try:
            yield left
        except BaseException:
            with self._lock:
                seen = self._entry(run_id, subject)
                seen.recorded, seen.held = False, left.turn if left else None
            raise

    def _settle(self, run_id: str, subject: Subject, failure: Failure | None) -> ToRecord | None:
        with self._lock:
            seen = self._entry(run_id, subject)
            if seen.recorded:
                return None
            seen.recorded, seen.expected = True, False
            held, seen.held = seen.held, None
            if seen.observed and held is None and (failure is None or seen.failed):
                return None
            return ToRecord(failure, held)

    def _entry(self, run_id: str, subject: Subject) -> _Seen:
        seen = self._seen.setdefault((run_id, subject), _Seen())
        self._seen.move_to_end((run_id, subject))
        if len(self._seen) > _RUNS:
            self._seen.popitem(last=False)
        return seen


def judged(run: Any) -> tuple[bool, Failure | None]:
    """Return whether a run has an outcome, and its failure, if it is one.

    `status == error` is a failure although nothing was raised; a run that was cancelled, is paused or goes on has no
    outcome.
    """
    status = str(getattr(run.status, "value", run.status)).lower()
    if status == "error":
        text = str(run.content or "")
        return True, Failure(kind_of(text), masked(" ".join(text.split())))
    if status != "completed":
        return False, None
    messages = [message for message in run.messages or () if not getattr(message, "from_history", False)]
    failed = failed_tools(messages, without=refused(run))
    return True, Failure.of_tools(failed) if failed else None


def roles_of(run: Any, roles: str | Iterable[str] | Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield each role with the run that it is judged by.

    A mapping has the roles of agents by name, and each one is judged by its own run in the team; any other roles are
    all judged by `run` itself.
    """
    if isinstance(roles, str):
        yield roles, run
    elif isinstance(roles, Mapping):
        for one in _with_members(run):
            name = getattr(one, "agent_name", None) or getattr(one, "team_name", None) or ""
            if name in roles:
                yield roles[name], one
    else:
        for role in roles:
            yield role, run


def _with_members(run: Any) -> Iterator[Any]:
    yield run
    members: Sequence[Any] = getattr(run, "member_responses", None) or ()
    for member in members:
        yield from _with_members(member)
