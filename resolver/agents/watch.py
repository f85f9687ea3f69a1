"""Watches agents and teams: their runs are recorded when they end."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, wraps
from types import SimpleNamespace
from typing import Any, Self
from uuid import uuid4

from agno.models.base import Model

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.model import TieredModel
from resolver.agents.no_provider import one_line
from resolver.agents.observed import observed
from resolver.agents.run_ends import when_ended
from resolver.diagnostics import ResolverError
from resolver.domain import Subject

_log = logging.getLogger("resolver")
_RUNS = ("run", "arun", "continue_run", "acontinue_run")
Record = Callable[[Subject, Any, object], None]
BindingOf = Callable[[str], AgentBinding]
Expect = Callable[[str, Subject], None]


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """The subject that an agent's runs are recorded for, and the two functions that learn of each run.

    `expect` is called when a run begins, and `record` with its result and the schema of its answer.
    """

    subject: Subject
    expect: Expect
    record: Record

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # a copy of an agent is watched as the agent is

    def report(self, run: Any, schema: object) -> None:
        """Record the result of a run. An error that prevents it is logged and does not break the run."""
        try:
            self.record(self.subject, run, schema)
        except Exception as error:
            _log.error("a run of `%s` could not be recorded: %s", self.subject, one_line(error))


def watch(
    top: Any, roles: str | Mapping[str, str] | None, binding_of: BindingOf, expect: Expect, record: Record
) -> None:
    """Call `record` for every run of `top`, an agent or a team, and of its members, and of copies of them.

    `binding_of` returns the binding of a role, for an application's own models. `expect` is called for each run that
    begins.
    """
    if isinstance(roles, str):
        _watch(top, None, binding_of(roles), expect, record)
        return
    if roles is not None and not isinstance(roles, Mapping):
        raise ResolverError(f"`roles` is a role, or roles by the names of agents, not `{roles!r}`")
    watched = 0
    for agent, leader in _with_members(top, None):
        name = getattr(agent, "name", None)
        role = name if roles is None else roles.get(name or "")
        if role is not None:
            _watch(agent, leader, binding_of(role), expect, record)
            watched += 1
    if not watched:
        if roles is None:
            raise ResolverError("no agent here has a name; give the role of the agent")
        raise ResolverError("no agent here has one of these names; give their roles by the names of the agents")


def _with_members(agent: Any, leader: Any) -> Iterator[tuple[Any, Any]]:
    """Yield an agent or a team with the team that leads it, and all its members; members before their leader."""
    members = getattr(agent, "members", None)
    for member in members if isinstance(members, list | tuple) else ():
        yield from _with_members(member, agent)
    yield agent, leader


def _watch(agent: Any, leader: Any, binding: AgentBinding, expect: Expect, record: Record) -> None:
    if agent.model is None and leader is not None and not isinstance(leader.model, TieredModel):
        agent.model = copy(leader.model)  # agno would give it the leader's model, which records for the leader
    if isinstance(agent.model, TieredModel):
        binding = agent.model.binding
    elif isinstance(agent.model, Model):
        agent.model = observed(agent.model, binding)
    before = getattr(agent, "_resolver_watches", ())
    if not before:
        kind: type[object] = type(agent)
        agent.__class__ = _watched(kind)  # type: ignore[arg-type]  # mypy takes `__hash__` of a class for its objects'
    others = tuple(watch for watch in before if watch.subject != binding.subject)
    agent._resolver_watches = (*others, Watch(binding.subject, expect, record))


@cache
def _watched(kind: type) -> type:
    """Return a class of agents or teams that extends `kind` and reports its runs.

    Agno's own `deep_copy`, which AgentOS calls before each run, keeps the class and no attribute that it does not know.
    """

    def deep_copy(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = kind.deep_copy(self, *args, **kwargs)  # type: ignore[attr-defined]  # agents and teams have it
        made._resolver_watches = getattr(self, "_resolver_watches", ())
        return made

    methods = {name: _recorded(getattr(kind, name)) for name in _RUNS if hasattr(kind, name)}
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "deep_copy": deep_copy, **methods})


def _recorded(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method `run` so that each run that ends is recorded; a stream stays the stream that was asked for."""
    parameters = inspect.signature(run).parameters
    takes_id = "run_id" in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    asks = next((name for name in ("yield_run_output", "yield_run_response") if name in parameters), None)

    @wraps(run)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        watches: tuple[Watch, ...] = getattr(self, "_resolver_watches", ())
        in_background = bool(kwargs.get("background"))
        is_detached = in_background and bool(kwargs.get("stream"))  # it yields texts, and goes on without a reader
        if not is_detached:
            if takes_id and "continue" not in run.__name__:
                kwargs["run_id"] = kwargs.get("run_id") or str(uuid4())
            paused = kwargs.get("run_response") or next(iter(args), None)
            run_id = kwargs.get("run_id") or getattr(paused, "run_id", None) or ""
            for watch in watches:
                watch.expect(run_id, watch.subject)
        schema = kwargs.get("output_schema") or getattr(self, "output_schema", None)

        def report(result: Any) -> None:
            for watch in watches:
                watch.report(result, schema)

        wants_run = bool(asks and kwargs.get(asks))
        started = run(self, *args, **kwargs, **({asks: True} if asks and not wants_run else {}))
        if hasattr(started, "__aiter__"):
            return _aiterate(started, report, wants_run=wants_run)
        if inspect.isawaitable(started):
            return _await(started, report, in_background=in_background)
        if isinstance(started, Iterator):
            return _iterate(started, report, wants_run=wants_run)
        report(started)
        return started

    return recorded


async def _await(started: Any, report: Callable[[Any], None], *, in_background: bool) -> Any:
    run = await started
    if in_background:  # the run has just begun
        if not when_ended(run.run_id, lambda: report(run)):
            await asyncio.to_thread(report, run)
    else:
        await asyncio.to_thread(report, run)
    return run


def _iterate(started: Iterator[Any], report: Callable[[Any], None], *, wants_run: bool) -> Iterator[Any]:
    try:
        for piece in started:
            if over := _over(piece):
                report(over)
            if wants_run or over is not piece:
                yield piece
    finally:
        if (close := getattr(started, "close", None)) is not None:
            close()


async def _aiterate(started: Any, report: Callable[[Any], None], *, wants_run: bool) -> AsyncIterator[Any]:
    try:
        async for piece in started:
            if over := _over(piece):
                await asyncio.to_thread(report, over)
            if wants_run or over is not piece:
                yield piece
    finally:
        if (close := getattr(started, "aclose", None)) is not None:
            await close()


def _over(piece: Any) -> Any:
    """Return the run that this piece of its stream ends, or None.

    A run that ends in an error has no result in its stream but an event; an event of a member has a parent.
    """
    if type(piece).__name__ in ("RunOutput", "TeamRunOutput", "RunResponse", "TeamRunResponse"):
        return piece
    if getattr(piece, "event", None) in ("RunError", "TeamRunError") and not getattr(piece, "parent_run_id", None):
        return SimpleNamespace(run_id=piece.run_id, status="error", content=piece.content, messages=())
    return None
