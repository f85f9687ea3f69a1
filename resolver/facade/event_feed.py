"""New events of the history and new policies as they happen, for asyncio programs that show them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from resolver.domain import Event, PolicyHealth
from resolver.facade.resolver import Resolver
from resolver.serving.calls import Calls, TooManyCallsError

_log = logging.getLogger("resolver")
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_ALIVE = 15.0
_OVERLAP = timedelta(minutes=1)
"""The time by which an event of another host may be late, since clocks differ."""

_MOST_LISTENERS = 100
_MOST_WAITING = 1_000
"""Events that wait for a slow listener; with one more, its stream ends."""

FeedItem = Event | PolicyHealth | None
"""An event; the policy's health, when another policy is in force or one is refused; or None, as a sign of life."""


class EventFeed:
    """Reads new events while there are listeners, and hands them to each listener; for one event loop."""

    def __init__(self, resolver: Resolver, calls: Calls) -> None:
        self._resolver, self._calls = resolver, calls
        self._listeners: set[asyncio.Queue[FeedItem]] = set()
        self._woken = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._looked = datetime.now(UTC)
        self._seen: set[Event] | None = None
        self._policy: PolicyHealth | None = None
        self.is_closed = False

    def wake(self) -> None:
        """Read the history now."""
        self._woken.set()

    def close(self) -> None:
        """End all streams; none can begin any more."""
        self.is_closed = True
        for queue in [*self._listeners]:
            self._end(queue)

    async def listen(self, since: datetime | None = None) -> AsyncGenerator[FeedItem, None]:
        """Yield None at once, then the newest events since a time if one is given, and then what is new.

        Raises:
            TooManyCallsError: Too many listen, or the feed is closed.
            ResolverError: The history cannot be read.

        """
        if self.is_closed or len(self._listeners) >= _MOST_LISTENERS:
            raise TooManyCallsError("too many programs listen")
        queue: asyncio.Queue[FeedItem] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            if self._reading is None:
                self._begun.clear()
                self._reading = asyncio.create_task(self._read())
            await self._begun.wait()
            earlier = [] if since is None else await self._calls.run(self._resolver.history, since, most=_MOST_WAITING)
            yield None
            for event in earlier:
                await asyncio.sleep(0)  # a client that takes all at once, or has gone, lets other calls run
                yield event
            while True:
                item: FeedItem = None
                with suppress(TimeoutError):
                    item = await asyncio.wait_for(queue.get(), _SECONDS_ALIVE)
                if item is None and queue not in self._listeners:
                    return
                yield item
        finally:
            self._listeners.discard(queue)

    async def _read(self) -> None:
        self._looked, self._seen, self._policy = datetime.now(UTC), None, None
        while self._listeners:
            for look in (self._changed_policy, self._new_events):
                try:
                    self._hand(await self._calls.run(look))
                except Exception as error:  # whatever it is, it must not end the streams silently
                    _log.warning("streams of events are late: %s", error)
            self._begun.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _SECONDS_BETWEEN_LOOKS)
            self._woken.clear()
        self._reading = None

    def _changed_policy(self) -> list[PolicyHealth]:
        """Return the policy's health if another one is in force or refused since the last call."""
        self._resolver.poll()
        before, self._policy = self._policy, self._resolver.health().policy
        if before is None or (before.revision, before.refused) == (self._policy.revision, self._policy.refused):
            return []
        return [self._policy]

    def _new_events(self) -> list[Event]:
        """Return the events since the last call that could read the history, or since this feed began to read."""
        now, before, seen = datetime.now(UTC), self._looked, self._seen
        events = self._resolver.history(before - _OVERLAP, most=_MOST_WAITING)
        self._looked, self._seen = now, set(events)
        return [event for event in events if (event.time >= before if seen is None else event not in seen)]

    def _hand(self, items: Sequence[FeedItem]) -> None:
        for queue in [*self._listeners]:
            if queue.qsize() + len(items) > _MOST_WAITING:
                self._end(queue)
            else:
                for item in items:
                    queue.put_nowait(item)

    def _end(self, queue: asyncio.Queue[FeedItem]) -> None:
        self._listeners.discard(queue)
        queue.put_nowait(None)  # wakes its listener, which finds that it is none any more
