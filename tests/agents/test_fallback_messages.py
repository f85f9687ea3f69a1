"""Messages, tool results and advice carry over from a failed call to the next one."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from agno.exceptions import ModelProviderError, RetryableModelProviderError

from examples.loopback import PROVIDERS, Failure, Loopback, Text, ToolCalls
from resolver import Resolver
from tests.agents.agents import WAYS, Listening, agent_of, asked, ordered, ran
from tests.agents.scripted import Scripted, Source

every_way = pytest.mark.parametrize("way", WAYS)
ADVICE = RetryableModelProviderError("malformed call", retry_guidance_message="use fewer quotes")


@pytest.mark.parametrize(("first", "second"), [*permutations(PROVIDERS, 2)])
@pytest.mark.parametrize("way", ["run", "astream"])
def test_a_finished_tool_round_stays(server: Loopback, policy: Path, first: str, second: str, way: str) -> None:
    """When a provider fails after its tool has run, the next one is given the result, once, and the tool rests."""
    towns: list[str] = []

    def weather(town: str) -> str:
        """Tell the weather."""
        towns.append(town)
        return "it hails frogs"

    server.answer(ToolCalls((("weather", {"town": "Oslo"}),)), Failure(500), provider=first)
    server.answer(Text("bring a hat"), provider=second)
    with Listening.open(ordered(policy, first, second)) as resolver:
        result = ran(agent_of(resolver, tools=[weather]), way)
        assert resolver.kinds() == ["outage", "success"]
    assert (result.content, result.status) == ("bring a hat", "completed")
    assert asked(server) == [first, first, second]
    assert towns == ["Oslo"]
    sent = json.dumps(server.asked[-1].messages)
    assert sent.count("it hails frogs") == 1
    assert sent.count("Oslo") == 1
    assert [message.role for message in result.output.messages if message.role != "system"] == [
        *("user", "assistant", "tool", "assistant"),
    ]


@every_way
def test_tools_go_on_at_the_next_provider(server: Loopback, resolver: Resolver, way: str) -> None:
    """The provider that takes over calls tools in its turn."""
    steps: list[int] = []

    def step(number: int) -> str:
        """Take a step."""
        steps.append(number)
        return f"step {number} is taken"

    server.answer(ToolCalls((("step", {"number": 1}),)), Failure(503), provider="cerebras")
    server.answer(ToolCalls((("step", {"number": 2}),)), Failure(503), provider="groq")
    server.answer(ToolCalls((("step", {"number": 3}),)), Text("there"), provider="gemini")
    assert ran(agent_of(resolver, tools=[step]), way).content == "there"
    assert steps == [1, 2, 3]
    assert asked(server) == ["cerebras", "cerebras", "groq", "groq", "gemini", "gemini"]


@every_way
def test_what_a_failed_call_half_did_is_taken_back(policy: Path, way: str) -> None:
    """The next provider finds the messages, and the assistant's one, as they were before the call that failed."""
    half, whole = Scripted(fails=ModelProviderError("broke", status_code=500)), Scripted()
    with Resolver.open(policy, providers=Source(cerebras=half, groq=whole)) as resolver:
        result = ran(agent_of(resolver), way)
    assert (result.content, result.status) == ("whole", "completed")
    assert half.found == whole.found == [(["hello"], None, None)]
    assert [message.content for message in result.output.messages] == ["hello", "whole"]
    assert result.output.messages[-1].reasoning_content is None


@every_way
def test_a_model_that_asks_for_advice_is_asked_again(policy: Path, way: str) -> None:
    """What agno advises is for the call that failed alone, and no other provider is asked."""
    advised, rest = Scripted(fails=ADVICE, times=1), Scripted()
    with Listening.open(policy, providers=Source(cerebras=advised, groq=rest)) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["success"]
    assert (result.content, result.status) == ("whole", "completed")
    assert [texts for texts, *_ in advised.found] == [["hello"], ["hello", "use fewer quotes"]]
    assert not rest.found
    assert [message.content for message in result.output.messages] == ["hello", "whole"]


@every_way
@pytest.mark.parametrize("before", [[], ["outage"]])
def test_a_model_that_no_advice_helps_has_failed(policy: Path, way: str, before: list[str]) -> None:
    """That is the model's own failure, also when another provider was out before."""
    source = Source(cerebras=Scripted(fails=ADVICE), groq=Scripted(fails=ADVICE))
    if before:
        source = Source(cerebras=Scripted(fails=ModelProviderError("broke", 500)), groq=Scripted(fails=ADVICE))
    with Listening.open(policy, providers=source) as resolver:
        assert ran(agent_of(resolver), way).status == "error"
        assert resolver.kinds() == [*before, "task"]


@every_way
def test_advice_goes_along_to_another_provider(policy: Path, way: str) -> None:
    """When the provider that was advised goes out, the next one knows the advice, and it is gone after that."""
    first = Scripted(fails=ADVICE, times=1, then=ModelProviderError("broke", 500))
    second = Scripted()
    with Listening.open(policy, providers=Source(cerebras=first, groq=second)) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["outage", "success"]
    assert [texts for texts, *_ in second.found] == [["hello", "use fewer quotes"]]
    assert "use fewer quotes" not in [message.content for message in result.output.messages]
