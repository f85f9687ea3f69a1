"""Access to the server: names of the host, web pages of other sites, and tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver import Resolver
from tests.server.conftest import ADMIN, TOKEN
from tests.server.serving import ASKED, Serving, request
from tests.server.through_http import Server

SAFE = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
LOWERED = {"triad": "layout", "role": "worker_a"}


@pytest.mark.parametrize("host", ["localhost", "LocalHost:1", "127.0.0.1:8181", "[::1]", "[::1]:80"])
def test_names_of_this_host_are_accepted(server: Serving, host: str) -> None:
    assert server.decide(host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "",
        " ",
        "127.0.0.1.evil:80",
        "::1",
        "[evil]",
        "0.0.0.0",
        "[::1",
        "[::1]evil",
        "[::1].evil",
        "localhost:evil",
        "localhost.",
        "a@localhost",
        "localhost@a",
        "[::1]:1:1",
        "127.1",
    ],
)
def test_other_names_are_refused(server: Serving, host: str) -> None:
    """A page that lets its own name lead to this address (DNS rebinding) sends its own name."""
    detail = server.decide(host=host).problem(421)["detail"]
    assert detail.startswith(f"`{host.strip()}` is not a name of this server")


def test_a_request_has_one_host(server: Serving) -> None:
    """Who reads the first one and who reads the last one would disagree."""
    sent = request()
    server.raw(sent.replace(b"Host: localhost\r\n", b"")).problem(421)
    server.raw(sent.replace(b"Host: localhost", b"Host: localhost\r\nHost: localhost")).problem(421)
    server.raw(sent.replace(b"Host: localhost", b"Host: localhost\r\nhost: evil.example")).problem(421)


def test_a_target_that_names_a_host_is_refused(server: Serving) -> None:
    """It would count instead of `Host`, and only a proxy gets one."""
    for target in (b"http://evil.example/v1/decide", b"http://localhost/v1/decide", b"*"):
        server.raw(request().replace(b"/v1/decide", target)).problem(421)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "localhost", "http://localhost:1", "http://"])
def test_a_page_of_another_origin_is_refused(server: Serving, origin: str) -> None:
    server.decide(host="localhost:8181", origin=origin).problem(403)


def test_a_page_of_this_server_is_answered(server: Serving) -> None:
    """A proxy with TLS before the server is of no account."""
    for origin in ("http://localhost:8181", "https://LOCALHOST:8181"):
        assert server.decide(host="localhost:8181", origin=origin, sec_fetch_site="same-origin").status == 200


def test_one_foreign_origin_among_several_is_refused(server: Serving) -> None:
    own, foreign = "Origin: http://localhost", "Origin: http://evil.example"
    for more in ((own, foreign), (foreign, own)):
        server.raw(request("/v1/decide", ASKED, *more)).problem(403)


def test_what_a_page_of_another_site_causes_is_refused(server: Serving) -> None:
    """But a link there to here can be followed: what it shows, the page cannot read."""
    for site in ("cross-site", "same-site", "Cross-Site", "cross-site, same-origin", "", "new"):
        server.decide(sec_fetch_site=site).problem(403)
    assert server.decide(sec_fetch_site="none").status == 200  # a person has typed the address
    server.decide(sec_fetch_site="cross-site", sec_fetch_mode="navigate").problem(403)
    server.call("GET", "/v1/table", sec_fetch_site="cross-site", sec_fetch_mode="no-cors").problem(403)
    assert server.call("GET", "/v1/table", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status == 200


def test_no_page_of_another_site_gets_leave(server: Serving) -> None:
    """There is no header of CORS, neither for a simple request nor for the one before a request."""
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for answer in (
        server.decide(),
        server.decide(origin="http://evil.example"),
        server.call("OPTIONS", "/v1/decide", headers=asked),
        server.call("OPTIONS", "/v1/decide", headers={**asked, "origin": "http://evil.example"}),
    ):
        assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/decide", ASKED, 200),
        ("POST", "/v1/decide", {}, 422),
        ("POST", "/v1/decide", b"{", 400),
        ("GET", "/v1/decide", None, 405),
        ("OPTIONS", "/v1/decide", None, 405),
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v1/explain", None, 422),
        ("POST", "/v1/restore", LOWERED, 403),
        ("GET", "/healthz", None, 200),
        ("GET", "/metrics", None, 200),
        ("GET", "/openapi.json", None, 200),
    ],
)
def test_every_answer_has_the_headers_of_safety(
    server: Serving, method: str, path: str, body: object, status: int
) -> None:
    """And no header says which software answers."""
    answer = server.call(method, path, body)
    assert answer.status == status
    assert SAFE.items() <= answer.headers.items()
    assert "server" not in answer.headers
    if status >= 400:
        answer.problem(status)


@pytest.mark.slow
def test_a_defect_is_a_problem_with_these_headers(policies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing of its cause, which the log has."""

    def broken(_: Resolver) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(Resolver, "escalations", broken)
    with Resolver.open(policies) as resolver:
        server = Server(resolver)
        try:
            server.connection.request("GET", "/v1/state")
            answer = server.connection.getresponse()
            assert (answer.status, answer.getheader("content-type")) == (500, "application/problem+json")
            assert SAFE.items() <= {name.lower(): value for name, value in answer.getheaders()}.items()
            assert b"secret" not in answer.read()
        finally:
            server.stop()


def test_head_and_options_have_no_answer_of_their_own(server: Serving) -> None:
    """An answer to HEAD has no body, whatever it says."""
    for path in ("/healthz", "/v1/state", "/v1/nothing"):
        answer = server.call("HEAD", path)
        assert (answer.status in (404, 405), answer.body) == (True, b"")
        assert SAFE.items() <= answer.headers.items()
    assert server.call("OPTIONS", "/v1/decide").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"GET / SMTP/1.1\r\n\r\n",
    ],
    ids=range(8),
)
def test_what_is_not_http_is_a_problem_too(server: Serving, sent: bytes) -> None:
    answer = server.raw(sent)
    answer.problem(400)
    assert SAFE.items() <= answer.headers.items()


@pytest.mark.parametrize("token", [TOKEN, "c" * 32, ADMIN, f" {TOKEN}  "])
def test_a_token_gives_access(guarded: Serving, token: str) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert guarded.decide(authorization=f"{scheme} {token}").status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer{TOKEN}",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[1:]}",
        f"Bearer {TOKEN.upper()}",
        "Bearer \xe9\xff",
        f"Bearer {TOKEN}\xa0",
        f"Bearer {TOKEN},{TOKEN}",
    ],
)
def test_without_a_right_token_there_is_no_access(guarded: Serving, authorization: str | None) -> None:
    """Not to what is not there, either."""
    headers = {} if authorization is None else {"authorization": authorization}
    for path in ("/v1/state", "/v1/nothing", "/openapi.json", "/metrics", "/healthz/", "/v1/lower"):
        answer = guarded.call("GET", path, headers=headers)
        answer.problem(401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.call("GET", "/healthz", headers=headers).status == 200


def test_a_person_needs_the_token_of_an_administrator(guarded: Serving) -> None:
    for path in ("/v1/lower", "/v1/restore"):
        assert "an admin token is needed" in guarded.call("POST", path, LOWERED).problem(401)["detail"]
        guarded.call("POST", path, LOWERED, authorization=f"Bearer {TOKEN}").problem(403)
        guarded.call("POST", path, LOWERED, authorization=f"Bearer {ADMIN}").problem(422)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/lower/",
        "//v1/lower",
        "/v1/../v1/lower",
        "/v1/%6Cower",
        "/v1%2flower",
        "/V1/LOWER",
        "/v1/lower?a",
        "/v1/lower%2f",
        "/v1/lower%00",
        "/v1/lower%0a",
        "/v1/lower%0d%0a",
        "/v1/restore%0A",
        "/v1/lower%e2%80%a8",
    ],
)
def test_another_spelling_of_a_path_leads_to_no_other_call(guarded: Serving, path: str) -> None:
    """What the gate compares is what the routes compare."""
    answer = guarded.call("POST", path, LOWERED, authorization=f"Bearer {TOKEN}")
    answer.problem(403 if answer.status == 403 else 404)


def test_a_server_without_such_tokens_lets_no_call_lower(server: Serving) -> None:
    server.call("POST", "/v1/lower", LOWERED, authorization=f"Bearer {ADMIN}").problem(403)


def test_another_name_of_the_host_can_be_allowed(guarded: Serving) -> None:
    assert guarded.decide(host="tiers.example:443", authorization=f"Bearer {TOKEN}").status == 200
    guarded.decide(host="other.example", authorization=f"Bearer {TOKEN}").problem(421)
