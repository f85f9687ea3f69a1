"""Connections that are cut off when their clients are too slow, so that they starve no others."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from resolver.json_forms.problem_json import problem_of
from resolver.server.gate import CLOSE
from resolver.server.problems import answer
from resolver.server.settings import LARGEST_HEAD, SECONDS_TO_READ, SECONDS_TO_SEND


class Connection(HttpToolsProtocol):
    """A connection whose client sends a request, and takes a part of an answer, within some seconds.

    uvicorn limits neither, nor the size of a head. The gate limits the size of a body.
    """

    _head_bytes, _is_in_body = 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._sending = self._reading = self.loop.call_later(SECONDS_TO_SEND, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._sending.cancelled():
            self._sending = self.loop.call_later(SECONDS_TO_SEND, self.transport.abort)
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > LARGEST_HEAD and not self._is_in_body:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._is_in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body, self._head_bytes = False, 0
        self._sending.cancel()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._sending.cancel()
        self._reading.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        self._reading.cancel()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # `close` would wait for a client that does not take the last answer

    def send_400_response(self, msg: str) -> None:
        response = answer(problem_of(400, msg.rstrip(".")), CLOSE)
        head = b"".join(b"%b: %b\r\n" % header for header in response.raw_headers + self.server_state.default_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%b\r\n%b" % (head, bytes(response.body)))
        self.transport.close()
