"""agno's own model classes, with their SDKs, read each scripted answer as they read the real API's."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from examples.loopback import (
    Answer,
    Broken,
    Dropped,
    Failure,
    Filtered,
    Garbage,
    Loopback,
    Nothing,
    Refused,
    Stalled,
    Text,
    ToolCalls,
)
from tests.agents.loopback_calls import KEY, OWN_MODELS, Parsed, call, own

pytest.importorskip("agno", reason="the extra 'agents' is not installed")

CHAT = ("chat", "local", "groq", "cerebras", "openrouter")
REJECTING = (*CHAT, "responses", "anthropic")  # they refuse a filtered prompt with status 400
PROVIDER = {"chat": "openai", "responses": "openai"}
FILTERED = {"gemini": "SAFETY", "anthropic": "refusal"}
REFUSED = {"gemini": "PROHIBITED_CONTENT", "anthropic": "refusal"}

every_model = pytest.mark.parametrize("name", OWN_MODELS)
whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with Loopback() as loopback:
        for variable, value in loopback.plain_environment().items():
            monkeypatch.setenv(variable, value)
        yield loopback


def parsed(server: Loopback, name: str, stream: bool, *answers: Answer) -> Parsed:
    server.answer(*answers)
    with own(server, name) as model:
        return call(model, stream)


def reason(name: str, raw: Any) -> str | None:
    """The reason why an answer ended, as its SDK gives it."""
    if name in CHAT:
        return raw.choices[0].finish_reason if raw.choices else None
    if name == "responses":
        details = getattr(getattr(raw, "response", raw), "incomplete_details", None)
        return None if details is None else details.reason
    if name == "anthropic":
        return getattr(getattr(raw, "message", raw), "stop_reason", None)
    finish = raw.candidates[0].finish_reason if raw.candidates else raw.prompt_feedback.block_reason
    return None if finish is None else finish.value


def reasons(name: str, answer: Parsed) -> list[str]:
    """The reasons of an answer, each once."""
    return list(dict.fromkeys(filter(None, (reason(name, raw) for raw in answer.raw))))


def kept(answer: Parsed) -> str:
    """All that agno keeps of an answer: its responses and the assistant's message."""
    message = answer.messages[-1]
    return repr([answer.responses, message.content, message.provider_data])


@every_model
@whole_and_streamed
def test_a_text_arrives_with_its_tokens_and_the_request_is_recorded(server: Loopback, name: str, stream: bool) -> None:
    answer = parsed(server, name, stream, Text("one two"))
    assert (answer.content, answer.tokens) == ("one two", (7, 3))
    [request] = server.asked
    provider = PROVIDER.get(name, name)
    key = {"ollama": "", "local": KEY}.get(name, f"{provider}-key-of-loopback")
    assert (request.provider, request.key, request.model, request.stream) == (provider, key, "m", stream)
    assert "be brief" in json.dumps(request.messages[0])
    assert "hello" in json.dumps(request.messages[-1])
    assert "hello" in json.dumps(request.body)
    assert request.path.startswith(f"/{provider}/")


@every_model
@whole_and_streamed
def test_a_tool_is_called_and_its_result_sent_back(server: Loopback, name: str, stream: bool) -> None:
    from agno.agent import Agent  # noqa: PLC0415 - optional, and takes a second to import

    def weather(town: str) -> str:
        """Tell the weather."""
        return f"hail in {town}"

    server.answer(ToolCalls((("weather", {"town": "Oslo"}), ("weather", {"town": "Rome"}))), Text("it hails"))
    with own(server, name) as model:
        agent = Agent(model=model, tools=[weather], telemetry=False)
        if stream:
            contents = [getattr(event, "content", None) or "" for event in agent.run("weather?", stream=True)]
        else:
            contents = [str(agent.run("weather?").content)]
    assert "".join(contents).endswith("it hails")
    assert [request.tools for request in server.asked] == [["weather"], ["weather"]]
    sent_back = json.dumps(server.asked[1].messages)
    assert "hail in Oslo" in sent_back
    assert "hail in Rome" in sent_back


@every_model
@whole_and_streamed
@pytest.mark.parametrize("content", ["", None])
def test_nothing_is_no_error_but_empty(server: Loopback, name: str, stream: bool, content: Any) -> None:
    answer = parsed(server, name, stream, Nothing(content=content))
    assert answer.content in ("", None)
    if not stream:  # agno makes an empty text of gemini's missing one
        assert answer.content == ("" if name == "gemini" else content)
    assert answer.messages[-1].content in ("", None)
    assert answer.tokens == (7, 0)


@pytest.mark.parametrize("name", [*CHAT, "responses", "gemini"])
@whole_and_streamed
def test_nothing_may_come_without_its_tokens(server: Loopback, name: str, stream: bool) -> None:
    assert parsed(server, name, stream, Nothing(usage=False)).tokens is None


@pytest.mark.parametrize("name", [*CHAT, "responses", "gemini", "anthropic"])
@whole_and_streamed
@pytest.mark.parametrize("content", [None, "one two"])
def test_agno_drops_that_a_filter_ended_the_answer(
    server: Loopback, name: str, stream: bool, content: str | None
) -> None:
    answer = parsed(server, name, stream, Filtered(content=content))
    assert (answer.content or "") == (content or "")
    filtered = FILTERED.get(name, "content_filter")
    assert reasons(name, answer) == [filtered]
    assert filtered not in kept(answer)


@pytest.mark.parametrize("name", REJECTING)
@whole_and_streamed
def test_a_filtered_prompt_is_a_failure(server: Loopback, name: str, stream: bool) -> None:
    with pytest.raises(Exception, match=r"content management policy|content filtering policy") as raised:
        parsed(server, name, stream, Filtered("prompt"))
    error: Any = raised.value
    assert error.status_code == 400
    if name == "cerebras":  # agno's own errors keep the message only
        assert error.body["code"] == "content_filter"


@whole_and_streamed
def test_agno_drops_that_gemini_blocked_the_prompt(server: Loopback, stream: bool) -> None:
    answer = parsed(server, "gemini", stream, Filtered("prompt"))
    assert not answer.content
    assert reasons("gemini", answer) == ["SAFETY"]
    assert answer.raw[-1].candidates is None
    assert "SAFETY" not in kept(answer)


@pytest.mark.parametrize("name", [*CHAT, "responses", "gemini", "anthropic"])
@whole_and_streamed
def test_agno_drops_a_refusal(server: Loopback, name: str, stream: bool) -> None:
    answer = parsed(server, name, stream, Refused("I cannot"))
    assert not answer.content
    if name in REFUSED:
        assert reasons(name, answer) == [REFUSED[name]]
        assert REFUSED[name] not in kept(answer)
        return
    raw = "".join(map(repr, answer.raw))
    assert "refusal='I '" in raw or "delta='I '" in raw if stream else "refusal='I cannot'" in raw
    assert "cannot" not in kept(answer)


@whole_and_streamed
def test_ollama_refuses_in_its_text(server: Loopback, stream: bool) -> None:
    assert parsed(server, "ollama", stream, Refused("I cannot")).content == "I cannot"
    assert (parsed(server, "ollama", stream, Filtered(content="one")).content or "") == "one"


@every_model
@whole_and_streamed
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stalled_answer_goes_on(server: Loopback, name: str, stream: bool, after: int) -> None:
    begun = time.monotonic()
    answer = parsed(server, name, stream, Stalled(after, seconds=0.1))
    assert (answer.content, answer.tokens) == ("one two three", (7, 3))
    assert time.monotonic() - begun >= 0.1


@every_model
def test_a_stalled_stream_gives_its_first_words_before_it_waits(server: Loopback, name: str) -> None:
    from agno.models.message import Message  # noqa: PLC0415 - optional, and takes a second to import

    server.answer(Stalled(2, seconds=600))
    with own(server, name) as model:
        responses = model.response_stream(messages=[Message(role="user", content="hello")])
        received = ""
        while received != "one two ":
            received += next(responses).content or ""
        server.close()
        with pytest.raises(Exception, match=r"[Cc]onnection"):
            list(responses)


@every_model
@whole_and_streamed
@pytest.mark.parametrize("answer", [Failure(429, "not today"), Dropped(), Broken()], ids=lambda answer: str(answer)[:6])
def test_a_failure_is_raised(server: Loopback, name: str, stream: bool, answer: Answer) -> None:
    with pytest.raises(Exception, match=r"not today|[Cc]onnection|disconnected") as raised:
        parsed(server, name, stream, answer)
    if isinstance(answer, Failure):
        assert getattr(raised.value, "status_code", None) == 429
    assert server.count() == 1


@every_model
@whole_and_streamed
def test_garbage_is_an_error_or_an_empty_stream(server: Loopback, name: str, stream: bool) -> None:
    if stream and name not in ("gemini", "ollama"):
        assert parsed(server, name, stream, Garbage()).content is None
    else:
        with pytest.raises(Exception, match=r"no attribute|Expecting value|as JSON"):
            parsed(server, name, stream, Garbage())
