"""An agno model that runs each call on the tier in force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing
from copy import copy
from typing import Any

from agno.models.message import Message
from agno.models.response import ModelResponse

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.call import Call
from resolver.agents.turn import Turn
from resolver.agents.turn_recording_model import OpenTurn, TurnRecordingModel

_NOT_STORED = "a policy: put `resolver.model(triad, role)` in place of the stored `model`"
"""In place of a provider, where agno stores an agent: its error for a provider that it does not have quotes this."""


class TieredModel(TurnRecordingModel):
    """The model of an agent binding.

    Agno's own loop runs here, tools included. Each call of a model in it goes to the providers of the tier in order. A
    call of `response` and its variants with a `run_response` is a turn, whose outcome is recorded when it ends.
    """

    def __init__(self, binding: AgentBinding, turn: Turn | None = None) -> None:
        """Use `Resolver.model`; with a `turn`, every call belongs to it."""
        self.binding = binding
        self._turn = turn
        self.serving: tuple[str, str] | None = None
        self._parser: Any = None
        super().__init__(id="", name=str(binding.subject))

    @property
    def id(self) -> str:
        """The model id in use, or the one that would be tried first now."""
        return self._now()[1]

    @id.setter
    def id(self, value: str) -> None:
        """Do nothing: the policy decides on the model."""

    @property
    def provider(self) -> str:
        """The provider in use, or the one that would be tried first now."""
        return self._now()[0]

    @provider.setter
    def provider(self, value: str) -> None:
        """Do nothing: the policy decides on the provider."""

    def to_dict(self) -> dict[str, Any]:
        """Return what agno stores of this model, from which it makes no other: its error says what to do."""
        return {"id": self.name, "name": self.name, "provider": _NOT_STORED}

    def invoke(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """Call the first provider that succeeds."""
        model = self._of_turn()
        call = model._call(kwargs)
        for provider, model_id in call.candidates():
            with call.attempt(provider, model_id):
                serving = model._serve(call, provider, model_id)
                response: ModelResponse = serving.invoke(*args, **call.arguments(provider))
                call.served(response)
                return response
        raise call.exhausted()

    async def ainvoke(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """Call the first provider that succeeds."""
        model = self._of_turn()
        call = model._call(kwargs)
        for provider, model_id in await call.acandidates():
            async with call.aattempt(provider, model_id):
                serving = await model._aserve(call, provider, model_id)
                async with _within(self.binding.host.pool.timeout(provider)):
                    response: ModelResponse = await serving.ainvoke(*args, **call.arguments(provider))
                call.served(response)
                return response
        raise await asyncio.to_thread(call.exhausted)

    def invoke_stream(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponse]:
        """Call the first provider that succeeds; after a first piece, no other provider starts over."""
        model = self._of_turn()
        call = model._call(kwargs)
        for provider, model_id in call.candidates():
            with call.attempt(provider, model_id):
                serving = model._serve(call, provider, model_id)
                with closing(serving.invoke_stream(*args, **call.arguments(provider))) as chunks:
                    for chunk in chunks:
                        yield from call.says(chunk)
                call.over()
                return
        raise call.exhausted()

    async def ainvoke_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ModelResponse]:
        """Call the first provider that succeeds; after a first piece, no other provider starts over."""
        model = self._of_turn()
        call = model._call(kwargs)
        for provider, model_id in await call.acandidates():
            async with call.aattempt(provider, model_id):
                serving = await model._aserve(call, provider, model_id)
                seconds = self.binding.host.pool.timeout(provider)
                async with aclosing(serving.ainvoke_stream(*args, **call.arguments(provider))) as chunks:
                    async for chunk in _timely(chunks, seconds):
                        for piece in call.says(chunk):
                            yield piece
                call.over()
                return
        raise await asyncio.to_thread(call.exhausted)

    def parse_tool_calls(self, tool_calls_data: list[Any]) -> list[dict[str, Any]]:
        """Join the pieces of a stream's tool calls as the provider that streamed them does."""
        parser = self._parser
        return super().parse_tool_calls(tool_calls_data) if parser is None else parser.parse_tool_calls(tool_calls_data)

    def _parse_provider_response(self, response: Any, **kwargs: Any) -> ModelResponse:
        raise NotImplementedError("each provider's model reads its own answers")

    def _parse_provider_response_delta(self, response: Any) -> ModelResponse:
        raise NotImplementedError("each provider's model reads its own answers")

    def _begin(self, messages: list[Message], options: Mapping[str, Any]) -> OpenTurn | None:
        if self._turn is not None:
            return None
        model, run = self._of_turn(), options.get("run_response")
        model.was_asked = False
        assert model._turn is not None
        turn = model._turn.of_run(run)
        return OpenTurn(
            model, self.binding, turn, messages, run, options.get("tools") or (), options.get("response_format")
        )

    def _of_turn(self) -> TieredModel:
        """Return this model if it belongs to a turn, else a copy that does: turns do not share changes."""
        if self._turn is not None:
            return self
        model = copy(self)
        model._turn = self.binding.turn()
        return model

    def _now(self) -> tuple[str, str]:
        if self.serving is not None:
            return self.serving
        models = (self._turn or self.binding.turn()).decision.models
        return self.binding.host.pool.first(models)

    def _call(self, kwargs: dict[str, Any]) -> Call:
        assert self._turn is not None
        return Call(self._turn, self.binding.host.pool, kwargs)

    def _serve(self, call: Call, provider: str, model_id: str) -> Any:
        self.serving, self.was_asked = (provider, model_id), True
        self._parser = call.model(provider, model_id)
        return self._parser

    async def _aserve(self, call: Call, provider: str, model_id: str) -> Any:
        if self.binding.host.pool.has(provider, model_id, call.options(provider)):
            return self._serve(call, provider, model_id)
        return await asyncio.to_thread(self._serve, call, provider, model_id)


@asynccontextmanager
async def _within(seconds: float | None) -> AsyncIterator[None]:
    """Run a block for so many seconds at most; TimeoutError says how many they were.

    A client's own time-out is not enough: a provider that keeps the connection busy says nothing and is never silent.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimeoutError(f"no answer within {seconds:g} s") from error


async def _timely(pieces: AsyncIterator[ModelResponse], seconds: float | None) -> AsyncIterator[ModelResponse]:
    """Yield the pieces of a stream; TimeoutError if one takes longer than `seconds`."""
    while True:
        try:
            async with _within(seconds):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        yield piece
