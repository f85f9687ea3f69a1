"""The loopback server answers as scripted, records every request, and closes without a trace."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from examples.loopback import Asked, Broken, Dropped, Failure, Garbage, Loopback, Slow, Text
from tests.agents.loopback_calls import post


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


def test_answers_are_given_in_turn_and_the_last_for_ever(server: Loopback) -> None:
    server.answer(Failure(429), Text("a"), Text("b"))
    assert [post(server) for _ in range(4)] == [(429, ""), (200, "a"), (200, "b"), (200, "b")]


def test_the_script_given_last_goes_first_while_it_lasts(server: Loopback) -> None:
    server.answer(Text("always"))
    server.answer(Text("twice"), times=2)
    server.answer(Text("once"), times=1)
    assert [post(server)[1] for _ in range(4)] == ["once", "twice", "twice", "always"]


def test_a_script_applies_only_to_what_it_names(server: Loopback) -> None:
    server.answer(Text("provider"), provider="groq")
    server.answer(Text("key"), key="k2")
    server.answer(Text("model and key"), model="m2", key="k2")
    assert post(server, "openrouter", "k1", "m2")[1] == "ok"
    assert post(server, "groq", "k1", "m2")[1] == "provider"
    assert post(server, "groq", "k2", "m1")[1] == "key"
    assert post(server, "openrouter", "k2", "m2")[1] == "model and key"
    assert server.asked[0] == Asked("openrouter", "k1", "m2", stream=False, messages=[], tools=[])
    assert (server.count(), server.count(provider="groq"), server.count(key="k2", model="m2")) == (4, 2, 1)
    assert server.count(provider="gemini") == 0


def test_many_requests_at_once_are_all_recorded(server: Loopback) -> None:
    threads = [threading.Thread(target=post, args=(server,), kwargs={"key": f"k{at % 4}"}) for at in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [server.count(key=f"k{at}") for at in range(4)] == [10] * 4


def test_a_slow_answer_comes_after_its_wait(server: Loopback) -> None:
    server.answer(Slow(0.2, Text("late")))
    begun = time.monotonic()
    assert post(server) == (200, "late")
    assert time.monotonic() - begun >= 0.2


def test_closing_ends_slow_answers_idle_connections_and_every_thread() -> None:
    before = set(threading.enumerate())
    server = Loopback()
    address = urlsplit(server.url)
    idle = HTTPConnection(address.hostname or "", address.port or 0)
    idle.request("GET", "/cerebras/v1/tcp_warming")
    assert idle.getresponse().read() == b'"ok"'
    server.answer(Slow(600))
    ended: list[Exception] = []
    waiting = threading.Thread(target=collect, args=(lambda: post(server), ended))
    waiting.start()
    while not server.count():
        time.sleep(0.01)
    begun = time.monotonic()
    server.close()
    server.close()
    waiting.join()
    idle.close()
    assert time.monotonic() - begun < 5
    assert len(ended) == 1
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        post(server)


def collect(call: Callable[[], object], errors: list[Exception]) -> None:
    try:
        call()
    except Exception as error:
        errors.append(error)


def test_nothing_is_printed(server: Loopback, capfd: pytest.CaptureFixture[str]) -> None:
    for answer in (Text(), Failure(500), Dropped(), Broken(), Garbage()):
        server.answer(answer)
        collect(lambda: post(server), [])
    address = urlsplit(server.url)
    impatient = HTTPConnection(address.hostname or "", address.port or 0)
    server.answer(Slow(0.1))
    impatient.request("POST", "/groq/v1/chat/completions", json.dumps({"model": "m", "messages": []}))
    impatient.close()
    assert post(server) == (200, "ok")
    server.close()
    assert capfd.readouterr() == ("", "")
