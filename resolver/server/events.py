"""Server-sent events: what was learned, and what came in force, as it happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from resolver.diagnostics import ResolverError
from resolver.domain import Event
from resolver.facade import Resolver
from resolver.json_forms.event_json import event_json
from resolver.server.calls import Calls
from resolver.server.problems import ProblemError
from resolver.server.settings import MOST_LISTENERS

_log = logging.getLogger("resolver")
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_ALIVE = 15.0
"""Seconds after which a line without an event shows that the connection is alive."""

_OVERLAP = timedelta(minutes=1)
"""The time by which an event of another host may be late, since clocks differ."""

_MOST_WAITING = 1_000
"""Events that wait for a slow listener; with one more, it is cut off."""


class EventFeed:
    """Reads new events of the history and new policies while there are listeners, and hands them to each listener."""

    def __init__(self, resolver: Resolver, calls: Calls) -> None:
        self._resolver, self._calls = resolver, calls
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._seen: set[Event] = set()
        self._in_force = ("", False)
        self.is_closed = False

    def wake(self) -> None:
        """Read the history now; this may be called in any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def close(self) -> None:
        """End all streams."""
        self.is_closed = True
        for queue in self._listeners:
            _end(queue)

    async def listen(self, since: datetime | None) -> AsyncIterator[bytes]:
        """Yield each event as a message, those of the history since a time first; ProblemError if too many listen."""
        if self.is_closed or len(self._listeners) >= MOST_LISTENERS:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "too many programs listen")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            if self._reading is None:
                self._loop = asyncio.get_running_loop()
                self._reading = asyncio.create_task(self._read())
            earlier = [] if since is None else await self._calls.run(self._resolver.history, since)
            yield b": listening\n\n"
            for event in earlier:
                yield _message(event)
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), _SECONDS_ALIVE)
                except TimeoutError:
                    message = b": alive\n\n"
                if message is None:
                    return
                yield message
        finally:
            self._listeners.discard(queue)

    async def _read(self) -> None:
        is_first = True
        while self._listeners:
            try:
                messages = await self._calls.run(self._new)
            except (ResolverError, ProblemError) as error:
                _log.warning("the history cannot be read for those who listen: %s", error)
                messages = []
            for queue in [*self._listeners] if not is_first else []:
                if queue.qsize() + len(messages) > _MOST_WAITING:
                    _end(queue)
                for message in messages:
                    queue.put_nowait(message)
            is_first = False
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _SECONDS_BETWEEN_LOOKS)
            self._woken.clear()
        self._reading = None

    def _new(self) -> list[bytes]:
        """Return a message for each event that is new since the last call."""
        self._resolver.poll()
        events = self._resolver.history(datetime.now(UTC) - _OVERLAP)
        messages = [_message(event) for event in events if event not in self._seen]
        self._seen = set(events)
        in_force = (self._resolver.policy.revision, self._resolver.health().policy.refused)
        if in_force != self._in_force:
            self._in_force = in_force
            data = {"revision": in_force[0], "refused": in_force[1]}
            messages.append(b"event: reload\ndata: %b\n\n" % to_json(data))
        return messages


def _end(queue: asyncio.Queue[bytes | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _message(event: Event) -> bytes:
    name, time = event.what.encode(), event.time.isoformat().encode()
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (time, name, to_json(event_json(event)))


def event_routes(feed: EventFeed) -> APIRouter:
    """Return the route of the stream of events."""
    router = APIRouter(tags=["learning"])

    @router.get("/v1/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
    async def events(
        since: datetime | None = None,
        last: Annotated[datetime | None, Header(alias="Last-Event-ID")] = None,
    ) -> StreamingResponse:
        """Stream each event of the history, and `reload` whenever another policy is in force, or one is refused.

        The id of an event is its time: a client that reconnects gets all events from that time on, perhaps one twice.
        """
        messages = feed.listen(last or since)
        first = await anext(messages)  # an error is still an answer of its own
        return StreamingResponse(_after(first, messages), media_type="text/event-stream")

    return router


async def _after(first: bytes, messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for message in messages:
        yield message
