"""Watches agents and teams: their runs are recorded when they end."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import copy
from functools import wraps
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from agno.models.base import Model

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.model import TieredModel
from resolver.agents.no_provider import one_line
from resolver.agents.observed import observed
from resolver.diagnostics import ResolverError
from resolver.domain import Subject

_log = logging.getLogger("resolver")
_RUNS = ("run", "arun", "continue_run", "acontinue_run")
Record = Callable[[Subject, Any], None]
BindingOf = Callable[[str], AgentBinding]
Expect = Callable[[str, Subject], None]


def watch(
    top: Any, roles: str | Mapping[str, str] | None, binding_of: BindingOf, expect: Expect, record: Record
) -> None:
    """Call `record` for every run of `top`, an agent or a team, and of its members.

    `binding_of` returns the binding of a role, for an application's own models. `expect` is called for each run that
    begins.
    """
    if isinstance(roles, str):
        _watch(top, None, binding_of(roles), expect, record)
        return
    watched = 0
    for agent, leader in _with_members(top, None):
        name = getattr(agent, "name", None)
        role = name if roles is None else roles.get(name or "")
        if role is not None:
            _watch(agent, leader, binding_of(role), expect, record)
            watched += 1
    if not watched:
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
    subject = binding.subject

    def tell(run: Any) -> None:
        try:
            record(subject, run)
        except Exception as error:
            _log.error("a run of `%s` could not be recorded: %s", subject, one_line(error))

    for name in _RUNS:
        if hasattr(agent, name):
            setattr(agent, name, _telling(getattr(agent, name), lambda run_id: expect(run_id, subject), tell))


def _telling(run: Callable[..., Any], expect: Callable[[str], None], tell: Callable[[Any], None]) -> Callable[..., Any]:
    """Return `run` so that each run that ends is recorded; a stream stays the stream that was asked for."""
    parameters = inspect.signature(run).parameters
    asks = next((name for name in ("yield_run_output", "yield_run_response") if name in parameters), None)

    @wraps(run)
    def telling(*args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("background"):  # a background run ends when no caller waits for it any more
            if "continue" not in run.__name__:
                kwargs["run_id"] = kwargs.get("run_id") or str(uuid4())
            paused = kwargs.get("run_response") or next(iter(args), None)
            expect(kwargs.get("run_id") or getattr(paused, "run_id", None) or "")
        wants_run = bool(asks and kwargs.get(asks))
        started = run(*args, **kwargs, **({asks: True} if asks and not wants_run else {}))
        if hasattr(started, "__aiter__"):
            return _aiterate(started, tell, wants_run=wants_run)
        if inspect.isawaitable(started):
            return _await(started, tell)
        if isinstance(started, Iterator):
            return _iterate(started, tell, wants_run=wants_run)
        tell(started)
        return started

    return telling


async def _await(started: Any, tell: Callable[[Any], None]) -> Any:
    run = await started
    await asyncio.to_thread(tell, run)
    return run


def _iterate(started: Iterator[Any], tell: Callable[[Any], None], *, wants_run: bool) -> Iterator[Any]:
    for piece in started:
        if over := _over(piece):
            tell(over)
        if wants_run or over is not piece:
            yield piece


async def _aiterate(started: Any, tell: Callable[[Any], None], *, wants_run: bool) -> AsyncIterator[Any]:
    async for piece in started:
        if over := _over(piece):
            await asyncio.to_thread(tell, over)
        if wants_run or over is not piece:
            yield piece


def _over(piece: Any) -> Any:
    """Return the run that this piece of its stream ends, or None.

    A run that ends in an error has no result in its stream but an event; an event of a member has a parent.
    """
    if type(piece).__name__ in ("RunOutput", "TeamRunOutput", "RunResponse", "TeamRunResponse"):
        return piece
    if getattr(piece, "event", None) in ("RunError", "TeamRunError") and not getattr(piece, "parent_run_id", None):
        return SimpleNamespace(run_id=piece.run_id, status="error", content=piece.content, messages=())
    return None
