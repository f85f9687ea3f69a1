"""Providers that fail over while an agent runs: real agno, real keycycle, real HTTP."""

from __future__ import annotations

import asyncio
import contextvars
import json
import pickle
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from agno.exceptions import ModelProviderError, RetryableModelProviderError
from agno.models.base import Model
from agno.models.message import Message
from agno.models.response import ModelResponse

from examples.loopback import PROVIDERS, Answer, Broken, Dropped, Failure, Garbage, Loopback, Slow, Text, ToolCalls
from resolver import Resolver, ResolverError
from resolver.agents import NoProviderError, Providers, pool
from resolver.agents.quiet import keycycle
from tests.agents.agents import (
    MODELS,
    WAYS,
    Listening,
    agent_of,
    aran,
    asked,
    cooling,
    ordered,
    ran,
)

every_way = pytest.mark.parametrize("way", WAYS)
REFUSALS: dict[str, tuple[Answer, int]] = {
    "rate limit": (Failure(429), 2),
    "busy": (Failure(429, "m is temporarily rate-limited upstream. Please retry shortly."), 1),
    "no credit": (Failure(402), 2),
    "wrong key": (Failure(401), 2),
    "forbidden": (Failure(403), 2),
    "internal error": (Failure(500), 1),
    "unavailable": (Failure(503), 1),
    "time-out of a gateway": (Failure(408), 1),
    "not found": (Failure(404), 1),
    "model not found": (Failure(400, "The model `x` does not exist", "model_not_found"), 1),
    "refused form": (Failure(400), 1),
    "dropped": (Dropped(), 1),
    "garbage": (Garbage(), 1),
    "slow": (Slow(5), 1),
}
"""What is the provider's fault, and how often a provider with two keys is asked before it is given up."""
every_refusal = pytest.mark.parametrize("refusal", REFUSALS)
ADVICE = RetryableModelProviderError("malformed call", retry_guidance_message="use fewer quotes")
IMPATIENT = {provider: {"timeout": 0.15} for provider in ("cerebras", "groq", "gemini")}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the cool-downs."""
    made = Clock()
    monkeypatch.setattr(pool, "monotonic", made)
    return made


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@every_refusal
@every_way
def test_the_next_provider_serves(server: Loopback, policy: Path, refusal: str, way: str) -> None:
    """Whatever a provider fails with, the next one is asked for its own model id, until one serves."""
    answer, times = REFUSALS[refusal]
    server.answer(answer)
    server.answer(Text("it is done"), provider="openrouter")
    options = IMPATIENT if refusal == "slow" else None
    with Resolver.open(policy, providers=Providers.from_env(options=options)) as resolver:
        result = ran(agent_of(resolver), way)
    assert (result.content, result.status) == ("it is done", "completed")
    assert asked(server) == ["cerebras"] * times + ["groq"] * times + ["gemini"] * times + ["openrouter"]
    assert all(one.model == MODELS[one.provider] for one in server.asked)
    assert (result.output.model_provider, result.output.model) == ("openrouter", MODELS["openrouter"])


@every_refusal
def test_openrouter_fails_over_too(server: Loopback, policy: Path, refusal: str) -> None:
    """The provider that is usually last is no exception where it is first."""
    answer, times = REFUSALS[refusal]
    server.answer(answer, provider="openrouter")
    ordered(policy, "openrouter", "gemini")
    providers = Providers.from_env(options={"openrouter": {"timeout": 0.15}}) if refusal == "slow" else None
    with Resolver.open(policy, providers=providers) as resolver:
        result = ran(agent_of(resolver), "run")
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == ["openrouter"] * times + ["gemini"]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("status", [429, 401])
@pytest.mark.parametrize("way", ["run", "astream"])
def test_another_key_comes_before_another_provider(
    server: Loopback, policy: Path, provider: str, status: int, way: str
) -> None:
    """A key that is refused is the affair of its provider alone: its second key serves, and nothing has failed."""
    server.answer(Failure(status), provider=provider, times=1)
    ordered(policy, provider)
    with Listening.open(policy) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["success"]
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == [provider] * 2
    assert len({one.key for one in server.asked}) == 2


@every_way
def test_the_policy_says_in_which_order(server: Loopback, policy: Path, way: str) -> None:
    """`provider_order` is the order of the attempts."""
    server.answer(Failure(500))
    with Resolver.open(ordered(policy, "gemini", "openrouter", "groq", "cerebras")) as resolver:
        assert ran(agent_of(resolver), way).status == "error"
    assert asked(server) == ["gemini", "openrouter", "groq", "cerebras"]


@pytest.mark.parametrize("way", ["run", "astream"])
def test_without_a_free_key_nothing_is_sent(server: Loopback, policy: Path, way: str) -> None:
    """Keys that cool down in keycycle are not tried again: its NoAvailableKeyError leads to the next provider."""
    server.answer(Failure(429), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)
        counts = []
        for _ in range(3):
            before = server.count(provider="cerebras")
            assert ran(agent, way).content == "ok"
            counts.append(server.count(provider="cerebras") - before)
        assert counts == [2, 1, 0]
        assert resolver.kinds() == ["capacity", "success"] * 3
    assert server.count(provider="groq") == 3


def test_a_provider_without_its_sdk_is_left_out(
    server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An SDK that is not installed costs no request, and the error for all says so."""
    monkeypatch.setitem(sys.modules, "cerebras.cloud.sdk", None)
    for name in [name for name in sys.modules if name.startswith("agno.models.cerebras")]:
        monkeypatch.delitem(sys.modules, name)
    with Resolver.open(policy) as resolver:
        agent = agent_of(resolver)
        assert ran(agent, "run").content == "ok"
        server.answer(Failure(500))
        assert "cerebras" in ran(agent, "arun").error
    assert asked(server) == ["groq", "groq", "gemini", "openrouter"]


def test_an_sdk_that_is_missed_late_is_an_outage(policy: Path) -> None:
    """An ImportError while a model is made leads to the next provider."""
    source = Source(cerebras=ImportError("No module named 'cerebras'"), groq=Scripted())
    with Listening.open(policy, providers=source) as resolver:
        assert ran(agent_of(resolver), "run").content == "whole"
        assert resolver.kinds() == ["outage", "success"]


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


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_has_yielded_is_not_restarted(server: Loopback, policy: Path, provider: str, way: str) -> None:
    """What has gone out is not said again by another provider: the run is an error, and counts against nobody."""
    server.answer(Broken("one two three", after=2), provider=provider)
    with Listening.open(ordered(policy, provider)) as resolver:
        result = ran(agent_of(resolver), way)
        assert resolver.kinds() == ["outage"]
        assert not resolver.streaks()
        assert ran(agent_of(resolver), way).content == "ok", "the provider cools down"
    assert (result.content, result.status) == ("one two ", "error")
    assert asked(server)[:1] == [provider]
    assert len(server.asked) == 2


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("code", [429, 401])
def test_a_stream_that_has_yielded_is_not_restarted_with_another_key(
    server: Loopback, policy: Path, provider: str, way: str, code: int
) -> None:
    """Nor does keycycle begin it anew when a key is refused in the middle of it."""
    words: dict[str, Any] = {
        "object": "chat.completion.chunk",
        "id": "chat-1",
        "created": 1,
        "model": "m",
        "system_fingerprint": "fp",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": "one "}, "finish_reason": None}],
    }
    if provider == "gemini":
        words = {"candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": "one "}]}}]}
    refusal = {"error": {"message": "Rate limit exceeded" if code == 429 else "Invalid API key", "code": code}}
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in (words, refusal))
    server.answer(Failure(200, body=body), provider=provider)
    with Listening.open(ordered(policy, provider)) as resolver:
        result = ran(agent_of(resolver), way)
        assert len(resolver.heard) == 1
        assert not resolver.streaks()
    assert (result.content, result.status) == ("one ", "error")
    assert asked(server) == [provider]


@every_way
def test_an_error_in_a_good_answer_is_one_all_the_same(server: Loopback, policy: Path, way: str) -> None:
    """OpenRouter passes on what others refuse with a status of 200."""
    refusal = json.dumps({"error": {"message": "Provider returned error", "code": 502}})
    body = f"data: {refusal}\n\n" if way.endswith("stream") else refusal
    server.answer(Failure(200, body=body), provider="openrouter")
    with Listening.open(ordered(policy, "openrouter", "gemini")) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
        assert resolver.kinds() == ["outage", "success"]
    assert asked(server) == ["openrouter", "gemini"]


@every_way
def test_a_stream_that_has_said_nothing_goes_on_elsewhere(server: Loopback, resolver: Resolver, way: str) -> None:
    """An answer that breaks off before its first word is no answer yet."""
    server.answer(Broken("one two three", after=0), provider="cerebras")
    server.answer(Broken("one two three", after=0), provider="groq")
    result = ran(agent_of(resolver), way)
    assert (result.content, result.status) == ("ok", "completed")
    assert asked(server) == ["cerebras", "groq", "gemini"]


@every_way
def test_all_out_is_one_error_that_names_each(server: Loopback, resolver: Resolver, way: str) -> None:
    """An agent whose providers are all out ends with one error, which has the cause of each."""
    for provider, status in zip(PROVIDERS, (500, 404, 429, 401), strict=True):
        server.answer(Failure(status, f"the trouble with {provider}"), provider=provider)
    result = ran(agent_of(resolver), way)
    assert result.status == "error"
    told = result.error
    for provider, kind in zip(PROVIDERS, ("outage", "not_found", "capacity", "auth"), strict=True):
        assert f"{provider} `{MODELS[provider]}`: {kind}, " in told
        assert told.count(f"the trouble with {provider}") == 1


@every_way
def test_all_out_is_raised_by_the_model(server: Loopback, resolver: Resolver, way: str) -> None:
    """The error is ours and keycycle's, for the provider "all", and says of each one why."""
    server.answer(Failure(500))
    with pytest.raises(ResolverError) as raised:
        called(resolver.model("t", "worker_a"), way)
    error = raised.value
    assert isinstance(error, NoProviderError)
    assert isinstance(error, keycycle().NoAvailableKeyError)
    assert error.provider == "all"
    assert [(one.provider, one.model_id) for one in error.failures] == list(MODELS.items())
    assert error.kinds == ("outage",) * 4


def test_the_error_for_all_can_be_pickled(server: Loopback, resolver: Resolver) -> None:
    """It crosses processes as what it is."""
    server.answer(Failure(500))
    with pytest.raises(NoProviderError) as raised:
        called(resolver.model("t", "worker_a"), "run")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is type(raised.value)
    assert (str(copy), copy.failures, copy.provider) == (str(raised.value), raised.value.failures, "all")


@pytest.mark.parametrize("status", [400, 401, 429])
def test_no_error_has_a_key_in_it(server: Loopback, policy: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """A provider that repeats the key which it refuses does not get it into our error or the history."""
    keys = {
        "cerebras": "csk-abcdefghijklmnopqrstuvwx",
        "groq": "gsk_abcdefghijklmnopqrstuvwxyz0123",
        "gemini": "AIzaSyAbcdefghijklmnopqrstuvwxyz01234567",
        "openrouter": "sk-or-v1-abcdefghijklmnopqrstuvwxyz",
    }
    for provider, key in keys.items():
        monkeypatch.setenv(f"NUM_{provider.upper()}", "1")
        monkeypatch.setenv(f"{provider.upper()}_API_KEY_1", key)
        server.answer(Failure(status, f"Incorrect API key provided: {key}. Get one."), provider=provider)
    with Resolver.open(policy) as resolver:
        told = ran(agent_of(resolver), "run").error
        assert told.count("***") == 4
        assert {one.key for one in server.asked} == set(keys.values())
        assert not [key for key in keys.values() if key in told or key in repr(resolver.history())]


def test_a_policy_that_nobody_serves_says_why(policy: Path) -> None:
    """Without any keys the error tells for each provider what to set."""
    with Resolver.open(policy) as resolver:
        told = ran(agent_of(resolver), "run").error
    assert all(f"set NUM_{provider.upper()}" in told for provider in PROVIDERS)


@pytest.mark.parametrize("refusal", ["internal error", "wrong key", "dropped"])
def test_who_has_just_failed_comes_last_for_a_while(
    server: Loopback, resolver: Resolver, clock: Clock, refusal: str
) -> None:
    """For 30 seconds the others go before it, and it is still there if they fail; then it is first again."""
    server.answer(REFUSALS[refusal][0], provider="cerebras", times=REFUSALS[refusal][1])
    agent = agent_of(resolver)
    ran(agent, "run")
    assert asked(server)[-1] == "groq"
    clock.now += 29
    assert turns(server, resolver) == ["groq"]
    clock.now += 2
    assert turns(server, resolver) == ["cerebras"]


def test_who_cools_down_is_still_asked_at_the_end(server: Loopback, resolver: Resolver, clock: Clock) -> None:
    """A cool-down is an order, no ban; among those that cool down the policy's order holds."""
    server.answer(Failure(500), provider="cerebras", times=1)
    assert turns(server, resolver) == ["cerebras", "groq"]
    for provider in ("groq", "gemini", "openrouter"):
        server.answer(Failure(500), provider=provider, times=1)
    assert turns(server, resolver) == ["groq", "gemini", "openrouter", "cerebras"]
    assert turns(server, resolver) == ["cerebras"]
    assert clock.now == 1_000.0


def test_without_a_cool_down_the_order_stays(server: Loopback, policy: Path) -> None:
    """With `cool_down: 0` a provider keeps its place."""
    server.answer(Failure(500), provider="cerebras")
    with Resolver.open(cooling(policy, 0)) as resolver:
        assert [turns(server, resolver) for _ in range(3)] == [["cerebras", "groq"]] * 3


@pytest.mark.parametrize("status", [404, 400])
def test_a_refused_model_puts_only_itself_behind(server: Loopback, resolver: Resolver, status: int) -> None:
    """A provider without this model, or which refuses its requests, is still the first for its other models."""
    server.answer(Failure(status), provider="cerebras", model=MODELS["cerebras"])
    assert turns(server, resolver) == ["cerebras", "groq"]
    assert turns(server, resolver) == ["groq"]
    assert turns(server, resolver, "orchestrator") == ["cerebras"]


def test_a_cool_down_is_everybodys(server: Loopback, resolver: Resolver) -> None:
    """Providers belong to the resolver: what one agent found out, no other one has to."""
    server.answer(Failure(500), provider="cerebras", times=1)
    assert turns(server, resolver) == ["cerebras", "groq"]
    assert turns(server, resolver, "orchestrator") == ["groq"]


PHASES = {None: MODELS, "execution": {"cerebras": "zai-glm-4.7", "groq": "openai/gpt-oss-120b"}}


def test_threads_do_not_mix_up(server: Loopback, policy: Path) -> None:
    """Sixteen turns of one model at once, in two phases: each falls over with its own model ids and messages."""
    server.answer(Failure(503), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)

        def turn(number: int) -> str:
            with resolver.in_phase("execution" if number % 2 else None):
                return ran(agent, "run" if number % 4 < 2 else "stream", f"number {number}.").content

        with ThreadPoolExecutor(16) as threads:
            futures = [threads.submit(contextvars.Context().run, turn, number) for number in range(16)]
            assert [future.result() for future in futures] == ["ok"] * 16
        _check_each_kept_to_itself(server)
        assert sorted(resolver.kinds()) == ["outage"] * 16 + ["success"] * 16


def test_tasks_do_not_mix_up(server: Loopback, policy: Path) -> None:
    """The same in sixteen tasks of one event loop."""
    server.answer(Failure(503), provider="cerebras")
    with Listening.open(cooling(policy, 0)) as resolver:
        agent = agent_of(resolver)

        async def turn(number: int) -> str:
            with resolver.in_phase("execution" if number % 2 else None):
                return (await aran(agent, "arun" if number % 4 < 2 else "astream", f"number {number}.")).content

        async def turns_at_once() -> list[str]:
            return await asyncio.gather(*[turn(number) for number in range(16)])

        assert asyncio.run(turns_at_once()) == ["ok"] * 16
        _check_each_kept_to_itself(server)
        assert sorted(resolver.kinds()) == ["outage"] * 16 + ["success"] * 16


def _check_each_kept_to_itself(server: Loopback) -> None:
    for number in range(16):
        own = [one for one in server.asked if f"number {number}." in json.dumps(one.messages)]
        models = PHASES["execution" if number % 2 else None]
        assert [(one.provider, one.model) for one in own] == [(name, models[name]) for name in ("cerebras", "groq")]
        assert all(one.key.startswith(one.provider) for one in own)


def turns(server: Loopback, resolver: Resolver, role: str = "worker_a") -> list[str]:
    """The providers that one turn asks; it must succeed."""
    before = len(server.asked)
    assert ran(agent_of(resolver, role), "run").status == "completed"
    return asked(server)[before:]


def called(model: Model, way: str) -> None:
    """Call a model without an agent."""
    messages = [Message(role="user", content="hello")]

    async def call() -> None:
        if way == "arun":
            await model.aresponse(messages)
        else:
            async for _ in model.aresponse_stream(messages):
                pass

    if way == "run":
        model.response(messages)
    elif way == "stream":
        for _ in model.response_stream(messages):
            pass
    else:
        asyncio.run(call())


class Source:
    """An application's own providers: a model, or the error with which making it ends."""

    def __init__(self, **models: Model | Exception) -> None:
        self._models = models

    @property
    def available_providers(self) -> list[str]:
        return list(self._models)

    def get_model(self, provider: str, model_id: str) -> Model:
        model = self._models[provider]
        if isinstance(model, Exception):
            raise model
        return model


class Scripted(Model):
    """A model that notes what it finds, leaves its traces, and then fails, or says "whole"."""

    def __init__(self, fails: Exception | None = None, times: int | None = None, then: Exception | None = None) -> None:
        super().__init__(id="scripted")
        self.fails, self.times, self.then = fails, times, then
        self.found: list[tuple[list[Any], Any, Any]] = []

    def invoke(self, messages: list[Message], assistant_message: Message, **more: Any) -> ModelResponse:
        texts = [message.content for message in messages]
        self.found.append((texts, assistant_message.content, assistant_message.reasoning_content))
        error = self.fails if self.times is None or len(self.found) <= self.times else self.then
        if error is not None:
            messages.append(Message(role="user", content="what a half call left"))
            assistant_message.content, assistant_message.reasoning_content = "half", "a half thought"
            raise error
        return ModelResponse(role="assistant", content="whole")

    async def ainvoke(self, *args: Any, **more: Any) -> ModelResponse:
        return self.invoke(*args, **more)

    def invoke_stream(self, *args: Any, **more: Any) -> Iterator[ModelResponse]:
        yield ModelResponse(role="assistant")
        yield self.invoke(*args, **more)

    async def ainvoke_stream(self, *args: Any, **more: Any) -> AsyncIterator[ModelResponse]:
        for one in self.invoke_stream(*args, **more):
            yield one

    def _parse_provider_response(self, response: Any, **more: Any) -> ModelResponse:
        raise NotImplementedError

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        raise NotImplementedError
