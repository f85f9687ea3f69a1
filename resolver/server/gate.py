"""The gate before all routes: who may call, how large a request is, and how long a client may take."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolver.server.problems import ProblemError, problem
from resolver.server.settings import LARGEST_BODY, MOST_BUFFERED, SECONDS_FOR_BODY, Settings

ADMIN = frozenset({"/v1/lower", "/v1/restore"})
"""The paths of calls that change what was learned by a person's decision."""

OPEN = frozenset({"/healthz", "/readyz"})
"""The paths that need no token: they say nothing but whether the server works."""

_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
_CLOSE = {"connection": "close"}


class Gate:
    """Refuses requests that a web page of another site could cause, that have no token, or that are too large."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = settings.names
        self._admin_tokens = [token.encode() for token in settings.admin_tokens]
        self._tokens = [token.encode() for token in settings.tokens] + self._admin_tokens
        self._needs_token = bool(settings.tokens) or not settings.is_local
        self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in _HEADERS if each[0] not in given)]
            await send(message)

        body = b""
        try:
            headers = Headers(scope=scope)
            self._check(scope, headers)
            if scope["method"] not in ("GET", "HEAD"):
                body = await self._body(headers, receive)
            await self._app(scope, _replayed(body, receive), send_safely)
        except ProblemError as error:
            response = problem(error.status, error.detail, error.headers)
            await response(scope, receive, send_safely)
        finally:
            self._buffered -= len(body)

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Raise ProblemError for a caller that is not allowed."""
        path = scope["path"]
        if path in OPEN:
            return  # a probe calls by an address that nobody knows before
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name_of(hosts[0]) not in self._names:
            detail = "this server has another name; `resolver serve --allow-host NAME` adds one"
            raise ProblemError(HTTPStatus.MISDIRECTED_REQUEST, detail)
        is_link = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        is_foreign = headers.get("sec-fetch-site") == "cross-site" and not is_link
        own = hosts[0].lower()  # a proxy before the server may have another scheme
        if is_foreign or any(origin.lower().partition("://")[2] != own for origin in headers.getlist("origin")):
            raise ProblemError(HTTPStatus.FORBIDDEN, "a web page of another site has caused this request")
        is_admin = path in ADMIN
        if is_admin and not self._admin_tokens:
            detail = "no call can lower or restore an entry; `resolver serve --admin-token-file FILE` allows it"
            raise ProblemError(HTTPStatus.FORBIDDEN, detail)
        if not (is_admin or self._needs_token):
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "surrogateescape") if scheme.lower() == "bearer" else b""
        if not _is_among(given, self._tokens):
            detail = "a token is needed: `Authorization: Bearer TOKEN`"
            raise ProblemError(HTTPStatus.UNAUTHORIZED, detail, {"www-authenticate": "Bearer"})
        if is_admin and not _is_among(given, self._admin_tokens):
            raise ProblemError(HTTPStatus.FORBIDDEN, "this needs the admin token")

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """Return the body of a request; ProblemError if it is too large or too slow, or is not JSON."""
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > LARGEST_BODY:
            raise _too_large()
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        body = bytearray()
        try:
            async with asyncio.timeout(SECONDS_FOR_BODY):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ProblemError(HTTPStatus.BAD_REQUEST, "the client has gone")
                    part = message.get("body", b"")
                    body += part
                    self._buffered += len(part)
                    more = message.get("more_body", False)
                    if len(body) > LARGEST_BODY:
                        raise _too_large()
                    if self._buffered > MOST_BUFFERED:
                        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are being received")
            if body and (media_type != "application/json" or "content-encoding" in headers):
                detail = "a body is JSON, with `Content-Type: application/json` and no `Content-Encoding`"
                raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
        except TimeoutError as error:
            self._buffered -= len(body)
            detail = f"the body did not come within {SECONDS_FOR_BODY:g} s"
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, detail, _CLOSE) from error
        except BaseException:
            self._buffered -= len(body)
            raise
        return bytes(body)


def _too_large() -> ProblemError:
    detail = f"a body has at most {LARGEST_BODY:,} bytes"
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, _CLOSE)


def _name_of(host: str) -> str:
    """Return the name in a header `Host`, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _is_among(token: bytes, tokens: Iterable[bytes]) -> bool:
    """Return whether `token` is one of `tokens`, in a time that does not depend on which."""
    return any([hmac.compare_digest(token, each) for each in tokens])  # noqa: C419  all are compared


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what a route receives: the whole body, and then whether the client has gone."""
    is_read = False

    async def replay() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
