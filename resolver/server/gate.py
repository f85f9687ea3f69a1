"""The gate before all routes: who may call, and how large a request is."""

from __future__ import annotations

import hmac
import re
from collections import defaultdict
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolver.server.problems import ProblemError, answer
from resolver.server.settings import LARGEST_BODY, MOST_BUFFERED, Settings

_HOST = re.compile(r"(\[[^\]]*\]|[^:\[]*)(:\d*)?")  # a name or an address, and perhaps a port
_PATH = re.compile(r"[\w/.-]+", re.ASCII)  # routes would take a line end at the end for nothing, the gate would not
_OWN_SITE = {"same-origin", "none"}
_Headers = defaultdict[str, list[str]]
_ADMIN = ("/v1/lower", "/v1/restore")
_OPEN = ("/healthz", "/readyz")  # a probe has no token and an address that is not known before; it learns nothing
CLOSE = {"connection": "close"}


class Gate:
    """Refuses requests that a web page of another site has caused, that lack a token, or that are too large."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._names = app, settings.names
        self._admin_tokens = [token.encode() for token in settings.admin_tokens]
        self._tokens = [*self._admin_tokens, *(token.encode() for token in settings.tokens)]
        self._needs_token = bool(settings.tokens)
        self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = bytearray()
        try:
            headers = _Headers(list)
            for name, value in scope["headers"]:
                headers[name.decode("latin-1")].append(value.decode("latin-1"))
            if scope["path"] not in _OPEN:
                self._check_site(scope, headers)
                self._check_token(scope["path"], headers)
                if not _PATH.fullmatch(scope["path"]):
                    raise ProblemError(404, "there is nothing at this path; /openapi.json lists what there is")
            if scope["method"] not in ("GET", "HEAD"):
                await self._read(body, headers, receive)
            await self._app(scope, _replayed(bytes(body), receive), send)
        except ProblemError as error:
            await answer(error.document, error.headers)(scope, receive, send)
        finally:
            self._buffered -= len(body)

    def _check_site(self, scope: Scope, headers: _Headers) -> None:
        """Raise ProblemError for a request that a web page of another site has caused, under whatever name."""
        hosts = headers["host"]
        if len(hosts) != 1 or _name_in(hosts[0]) not in self._names:
            given = ", ".join(hosts)[:100]
            raise ProblemError(421, f"`{given}` is not a name of this server; `resolver serve --allow-host` adds one")
        is_link = scope["method"] == "GET" and headers["sec-fetch-mode"] == ["navigate"]
        is_foreign = not (is_link or _OWN_SITE.issuperset(headers["sec-fetch-site"]))
        own = hosts[0].lower()  # a proxy before the server may have another scheme
        if is_foreign or any(origin.lower().partition("://")[2] != own for origin in headers["origin"]):
            raise ProblemError(403, "a web page of another site has caused this request")

    def _check_token(self, path: str, headers: _Headers) -> None:
        """Raise ProblemError for a caller without the token that a path needs."""
        is_admin = path in _ADMIN
        if is_admin and not self._admin_tokens:
            raise ProblemError(403, "no call can lower or restore an entry; `--admin-token-file FILE` allows it")
        if not (is_admin or self._needs_token):
            return
        scheme, _, token = "".join(headers["authorization"]).partition(" ")
        given = token.strip(" ").encode("latin-1") if scheme.lower() == "bearer" else b""
        if not _is_among(given, self._tokens):
            detail = f"{'an admin token' if is_admin else 'a token'} is needed: `Authorization: Bearer TOKEN`"
            raise ProblemError(401, detail, {"www-authenticate": "Bearer"})
        if is_admin and not _is_among(given, self._admin_tokens):
            raise ProblemError(403, "this needs an admin token, and another token was sent")

    async def _read(self, body: bytearray, headers: _Headers, receive: Receive) -> None:
        """Read the body of a request; ProblemError if it is too large, or is not JSON."""
        too_large = ProblemError(413, f"a body has at most {LARGEST_BODY:,} bytes", CLOSE)
        length = "".join(headers["content-length"])  # the server has checked that it is a number
        if len(length) > 9 or int(length or 0) > LARGEST_BODY:
            raise too_large
        message: Message = {"type": "http.request", "more_body": True}
        while message.get("more_body") and len(body) <= LARGEST_BODY and self._buffered <= MOST_BUFFERED:
            message = await receive()
            body += message.get("body", b"")
            self._buffered += len(message.get("body", b""))
        if message["type"] == "http.disconnect":
            raise ProblemError(400, "the client has gone before all of the body came")
        if len(body) > LARGEST_BODY:
            raise too_large
        if self._buffered > MOST_BUFFERED:
            raise ProblemError(503, "too many requests are being received", CLOSE)
        media_type = "".join(headers["content-type"]).partition(";")[0].strip().lower()
        if body and (media_type != "application/json" or "content-encoding" in headers):
            raise ProblemError(415, "a body is JSON, with `Content-Type: application/json` and no `Content-Encoding`")


def _name_in(host: str) -> str | None:
    """Return the name in a header `Host`, without its port; None if it has another form."""
    match = _HOST.fullmatch(host)
    return match[1].strip("[]").lower() if match else None


def _is_among(token: bytes, tokens: Iterable[bytes]) -> bool:
    """Return whether `token` is one of `tokens`, in a time that does not depend on which."""
    return any([hmac.compare_digest(token, each) for each in tokens])  # noqa: C419  all are compared


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what a route receives: the whole body, and then whether the client has gone."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay
