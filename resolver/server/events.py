"""The stream of events, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from resolver.facade.event_feed import EventFeed
from resolver.json_forms.event_json import server_sent


def event_routes(feed: EventFeed) -> APIRouter:
    """Return the route of the stream of events."""
    router = APIRouter(tags=["learning"])

    @router.get("/v1/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
    async def events(
        since: datetime | None = None, last: Annotated[datetime | None, Header(alias="Last-Event-ID")] = None
    ) -> StreamingResponse:
        """Stream each event of the history, and `reload` whenever another policy is in force, or one is refused.

        The id of an event is its time: a client that reconnects gets all events from that time on, perhaps one twice.
        """
        start, began = last or since, datetime.now(UTC)
        items = feed.listen(start)
        first = await anext(items)  # an error still has an answer of its own

        async def messages() -> AsyncIterator[bytes]:
            yield server_sent(first)
            if start is None:  # a client that loses the stream before its first event loses none
                yield b"id: %b\n\n" % began.isoformat().encode()
            async for item in items:
                yield server_sent(item)

        return StreamingResponse(messages(), media_type="text/event-stream")

    return router
