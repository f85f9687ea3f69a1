"""Connections that are cut off when their clients are too slow, so that they starve no others."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from resolver.json_forms.problem_json import problem_of
from resolver.server.gate import CLOSE
from resolver.server.problems import answer
from resolver.server.settings import LARGEST_HEAD, LARGEST_REQUEST, SECONDS_TO_READ, SECONDS_TO_SEND

_OTHER_PROTOCOL = "this server speaks HTTP/1.1 and no other protocol, so a request has no header `Upgrade`"


async def gone(request: Request) -> None:
    """Return when the client of a request has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Connection(HttpToolsProtocol):
    """A connection whose client sends a request, and takes a part of an answer, within some seconds.

    uvicorn limits neither, nor the size of a head, of trailers and of chunks. The gate limits the size of a body.
    """

    _received, _is_in_body = 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._sending = self._reading = self.loop.call_later(SECONDS_TO_SEND, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._sending.cancelled():
            self._sending = self.loop.call_later(SECONDS_TO_SEND, self.transport.abort)
        self._received += len(data)
        super().data_received(data)
        if self._received > (LARGEST_REQUEST if self._is_in_body else LARGEST_HEAD):
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_body:  # a trailer would change what was checked
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_body = True
        if self.parser.should_upgrade():  # the parser would take the body for another protocol, or for a request
            raise ValueError(_OTHER_PROTOCOL)
        if not self.url.startswith(b"/"):
            self.headers.append((b"host", self.url))  # it names a host, too, and a request has one
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body, self._received = False, 0
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
        reason = _OTHER_PROTOCOL if self.parser.should_upgrade() else msg.rstrip(".")
        response = answer(problem_of(400, reason), CLOSE)
        head = b"".join(b"%b: %b\r\n" % header for header in response.raw_headers + self.server_state.default_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%b\r\n%b" % (head, bytes(response.body)))
        self.transport.close()
