"""Connections that are cut off when their clients are too slow, so that they starve no others."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from resolver.server.settings import LARGEST_HEAD, SECONDS_FOR_HEAD, SECONDS_TO_READ


class Connection(HttpToolsProtocol):
    """A connection whose client sends the head of a request, and takes the answer, within some seconds.

    uvicorn limits neither, nor the size of a head. The gate limits bodies.
    """

    _head: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head is not None and self._head_bytes > LARGEST_HEAD:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._stop_timers()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_timers()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # `close` would wait for a client that does not take the last answer

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head = self.loop.call_later(SECONDS_FOR_HEAD, self.transport.abort)

    def _stop_timers(self) -> None:
        for timer in (self._head, self._reading):
            if timer is not None:
                timer.cancel()
        self._head = self._reading = None
