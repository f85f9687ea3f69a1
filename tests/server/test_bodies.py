"""Bodies that are large, deep, wrong or made to mislead."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.server.serving import ASKED, Serving, is_cut_off, read, request

LARGEST = 1 << 20
HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "<script>alert(1)</script>",
    "a\x00b",
    "\u202egeneral",
    "a\nb",
    "${7*7}",
    "%2e%2e",
]


def test_a_body_that_is_too_large_is_refused_before_it_comes(server: Serving) -> None:
    """By its length, and by what comes if it has none."""
    head = b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for length in (LARGEST + 1, 2 << 20, 10**12, 10**18):
        answer = server.raw(head + b"Content-Length: %d\r\n\r\n" % length)
        answer.problem(413)
        assert answer.headers["connection"] == "close"
    server.raw(head + b"Content-Length: %d\r\n\r\n" % 10**30).problem(400)


def test_a_body_in_chunks_is_limited_too(server: Serving) -> None:
    head = b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    data = json.dumps(ASKED).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in data) + b"0\r\n\r\n"
    assert server.raw(head + chunks).status == 200
    with server.connect() as client:
        client.sendall(head)
        try:
            for _ in range(300):
                client.sendall(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
        except ConnectionError:
            return  # it was closed while it sent
        read(client).problem(413)
    server.raw(head + b"zz\r\n{}\r\n0\r\n\r\n").problem(400)


def test_a_body_as_large_as_allowed_is_read(server: Serving) -> None:
    assert server.decide(json.dumps(ASKED).encode().ljust(LARGEST)).status == 200


def test_a_client_that_goes_before_its_body_came_does_no_harm(server: Serving) -> None:
    for _ in range(20):
        with server.connect() as client:
            client.sendall(request()[:-5])
    assert server.decide().status == 200


@pytest.mark.slow
def test_a_length_that_is_too_large_ends_in_a_cut(quick: Serving) -> None:
    """A client that promises more than it sends waits for SECONDS_TO_SEND, and no other client does."""
    with quick.connect(8) as client:
        client.sendall(request().replace(b"Content-Length: ", b"Content-Length: 9"))
        assert quick.decide().status == 200
        assert is_cut_off(client)


def test_a_length_that_is_too_small_leaves_a_request_that_is_none(server: Serving) -> None:
    data = json.dumps(ASKED).encode()
    sent = request().replace(b"Content-Length: %d" % len(data), b"Content-Length: %d" % (len(data) - 1))
    server.raw(sent).problem(400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"nonsense", 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'{"triad":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b'{"triad": "a", "role": "b", "facts": {"n": NaN}}', 422),
        (b'{"triad": "a", "role": "b", "facts": {"n": 1e400}}', 422),
        (b'{"triad": "a", "role": "b", "facts": {"n": %s}}' % (b"9" * 5_000), 400),
        (b'{"triad": "a", "role": "b", "facts": {"unknown": 1}}', 422),
        (b'{"triad": NaN, "role": "b"}', 422),
        (b'{"triad": "a", "role": true}', 422),
        (b'{"triad": "a", "role": "b", "more": 1}', 422),
        (b'{"triad": "\\ud800", "role": "b"}', 400),
        (b'{"triad": "\xff", "role": "b"}', 400),
        ('{"triad": "a", "role": "b"}'.encode("utf-16"), 400),
        (b"\xef\xbb\xbf" + json.dumps(ASKED).encode(), 400),
        (b"null", 422),
        (b"1", 422),
        (b'"a"', 422),
        (b"[[]]", 422),
        (b"[null]", 422),
        (json.dumps([ASKED] * 1_001).encode(), 422),
        (json.dumps([ASKED] * 2_000).encode(), 422),
        (json.dumps([{}] * 1_000).encode(), 422),
        (json.dumps({str(number): 0 for number in range(70_000)}).encode(), 422),
        (json.dumps({**ASKED, "facts": {str(number): [] for number in range(70_000)}}).encode(), 422),
        (json.dumps({**ASKED, "facts": {"x" * 900_000: 1}}).encode(), 422),
        (json.dumps({**ASKED, "role": ":" * 900_000}).encode(), 422),
    ],
    ids=range(29),
)
def test_a_body_of_another_form_is_a_problem(server: Serving, body: bytes, status: int) -> None:
    """It says in what way, in few words, and soon."""
    started = time.perf_counter()
    answer = server.decide(body)
    answer.problem(status)
    assert len(answer.body) < 10_000
    assert time.perf_counter() - started < 5


def test_very_many_wrong_parts_are_only_counted(server: Serving) -> None:
    """A list of them would take so long that decisions for other clients wait."""
    for number, detail in (
        (1_000, "/more_0: unknown key"),
        (1_001, "the body has 1,001 wrong parts"),
    ):
        problem = server.decide({**ASKED, **{f"more_{place}": 0 for place in range(number)}}).problem(422)
        assert problem["detail"] == detail


@pytest.mark.parametrize("name", ["a_{}.yaml", "a/{}.yaml"])
def test_a_policy_has_a_limited_number_of_texts(server: Serving, name: str) -> None:
    """Names of another form are not counted up then."""
    problem = server.call("POST", "/v1/check", {"files": {name.format(number): "" for number in range(1_001)}})
    assert [each["pointer"] for each in problem.problem(422)["errors"]] == ["/files"]


def test_errors_point_to_the_wrong_part(server: Serving) -> None:
    problem = server.decide([ASKED, {"triad": 1, "role": "a", "x/y~": 2}]).problem(422)
    assert {each["pointer"] for each in problem["errors"]} == {"/1/triad", "/1/x~1y~0"}
    problem = server.call("POST", "/v1/check", {"files": {"a.yaml": 1}, "body": 2}).problem(422)
    assert {each["pointer"] for each in problem["errors"]} == {"/files/a.yaml", "/body"}


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/decide", {**ASKED, "fase": "execution"}, "/fase: unknown key"),
        ("/v1/outcomes", {**ASKED, "failed": False, "kind": "a"}, "the body: a success has neither `kind` nor `error`"),
        ("/v1/check", {"files": {}}, "/files: needs at least one entry"),
        ("/v1/check", {"files": {"policies/a.yaml": ""}}, "/files/policies~1a.yaml: a file has a name without its"),
        ("/v1/state", {}, "/v1/state takes GET"),
    ],
)
def test_errors_say_what_is_wrong_in_plain_words(server: Serving, path: str, body: object, detail: str) -> None:
    assert server.call("POST", path, body).json["detail"].startswith(detail)


def test_the_last_of_two_equal_keys_counts(server: Serving) -> None:
    """As in JavaScript and Python; RFC 8259 leaves it open."""
    answer = server.decide(b'{"triad": "layout", "role": "worker_a", "role": "code_execution"}')
    assert answer.json == server.decide({**ASKED, "role": "code_execution"}).json


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_only_a_name(server: Serving, name: str) -> None:
    """It reaches no file, and comes back as JSON or not at all."""
    for body in ({**ASKED, "triad": name}, {**ASKED, "role": name}, {**ASKED, "phase": name}):
        answer = server.decide(body)
        assert answer.status in (200, 422)
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        answer.json  # noqa: B018  it can be read
        assert "root:" not in answer.body.decode()
        assert not {"\x00", "\u202e", "\n"}.intersection(answer.body.decode())


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/v1/..%2fstate",
        "/%00",
        "//etc/passwd",
        "/\\etc",
        "/v1/state/",
    ],
)
def test_a_path_is_no_file(server: Serving, path: str) -> None:
    server.call("GET", path).problem(404)


@pytest.mark.parametrize(
    "name", ["../evil.yaml", "a/b.yaml", "/tmp/evil.yaml", "", "a\\b.yaml", "a\x00.yaml", "x" * 300]
)
def test_a_text_to_check_has_the_name_of_no_path(server: Serving, name: str) -> None:
    server.call("POST", "/v1/check", {"files": {name: "facts: {}"}}).problem(422)


@pytest.mark.parametrize("name", [".", "a.YAML", "a.YML"])
def test_texts_of_which_none_is_a_file_of_a_policy_are_refused(server: Serving, name: str) -> None:
    """To try it again later would not help."""
    server.call("POST", "/v1/check", {"files": {name: "facts: {}"}}).problem(422)
    server.call("POST", "/v1/diff", {"new": {"files": {name: "facts: {}"}}}).problem(422)


@pytest.mark.parametrize("name", ["..", "<b>.yaml", "evil.yaml", "\u202e.yaml"])
def test_a_text_to_check_is_written_nowhere(server: Serving, name: str, tmp_path: Path) -> None:
    answer = server.call("POST", "/v1/check", {"files": {name: "facts: ["}})
    assert answer.status in (200, 422)
    assert not [path for path in tmp_path.rglob("*") if path.name == name]


@pytest.mark.parametrize(
    "header",
    [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}, {"content-type": "a" * 99}],
)
def test_a_body_says_that_it_is_json(server: Serving, header: dict[str, str]) -> None:
    """A page of another site can send a form or a text without asking first."""
    given = {"content-type": "application/json", **header}
    server.call("POST", "/v1/decide", ASKED, given).problem(415)
    assert server.call("POST", "/v1/decide", ASKED, {"content-type": "Application/JSON ; charset=utf-8"}).status == 200
