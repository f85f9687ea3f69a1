"""Models that fail as a test scripts it, and the providers that hand them out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from agno.models.base import Model
from agno.models.message import Message
from agno.models.response import ModelResponse


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
