"""Records the turns of a model: calls by agno, sync or async, whole or as a stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import field
from typing import Any

from agno.exceptions import ModelProviderError
from agno.models.base import Model
from agno.models.message import Message
from agno.models.response import ModelResponse

from resolver.agents.agent_binding import AgentBinding
from resolver.agents.last_answer import failure_of
from resolver.agents.no_provider import NoProviderError, one_line
from resolver.agents.turn import Turn, answered, failed_tools, refused
from resolver.frozen import frozen

_log = logging.getLogger("resolver")


@frozen
class OpenTurn:
    """A turn that has begun: its model, the list of messages that it works on, and their number before.

    `run` is the agno run that the turn belongs to; without a run, the turn is not recorded. `schema` is the form of
    answer that agno asks for.
    """

    model: TurnRecordingModel
    binding: AgentBinding
    turn: Turn
    messages: list[Message]
    run: Any
    tools: Sequence[Any] = ()
    schema: object = None
    before: list[Message] = field(init=False)

    def __post_init__(self) -> None:
        before = list(self.messages)
        while before and before[-1].role == "tool":  # agno has run what a person has just confirmed
            before.pop()
        object.__setattr__(self, "before", before)

    def end(self, error: Exception | None = None) -> None:
        """Judge the turn and record it, unless it continues after a pause or no model was called; never raises."""
        if self.run is None:
            return
        try:
            self._record(error)
        except Exception as problem:  # an agent's answer is worth more than the note of it
            _log.error("what `%s` did could not be judged: %s", self.turn.subject, one_line(problem))

    def _record(self, error: Exception | None) -> None:
        if (serving := self.model.serving) is not None:
            self.run.model_provider, self.run.model = serving
        waits = any(not requirement.is_resolved() for requirement in getattr(self.run, "requirements", None) or ())
        if error is None and (waits or not self.model.was_asked):
            return
        earlier_ids = {id(message) for message in self.before}
        host, messages = self.binding.host, [message for message in self.messages if id(message) not in earlier_ids]
        failed = failed_tools(
            messages,
            ignored_errors=host.pool.ignored_errors(),
            without=refused(self.run),
            answered=answered(self.run),
            stopping={tool.name for tool in self.tools if getattr(tool, "stop_after_tool_call", False)},
            tool_failed=host.tool_failed,
        )
        self.turn.end(error, failed, None if error else failure_of(messages, self.schema))
        host.observe(self.binding, self.turn)

    def failed(self, error: Exception) -> Exception:
        """Judge and record the turn that `error` has ended, and return the error to raise.

        Agno asks its own fallback models for some errors. All providers have been asked, so it gets none of these.
        """
        self.end(error)
        if self.turn.foreign:
            return error
        if isinstance(error.__cause__, NoProviderError):  # agno has classified it again
            return error.__cause__
        if isinstance(error, ModelProviderError):
            error.status_code = 400
        return error


class TurnRecordingModel(Model):
    """Makes each of the four ways to call a model a turn; comes before a provider's own class."""

    serving: tuple[str, str] | None = None
    """The last provider and model id, if this program chose them."""
    was_asked: bool = True
    """Whether a request went to a provider, and the answer did not come from agno's cache."""

    def _begin(self, messages: list[Message], options: Mapping[str, Any]) -> OpenTurn | None:
        """Begin a turn; None for a call that is part of a turn already."""
        raise NotImplementedError

    def response(self, messages: list[Message], *args: Any, **kwargs: Any) -> ModelResponse:
        """Run a turn: agno's loop of model calls and tool calls."""
        begun = self._begin(messages, kwargs)
        if begun is None:
            return super().response(messages, *args, **kwargs)
        try:
            response: ModelResponse = super(TurnRecordingModel, begun.model).response(messages, *args, **kwargs)
        except Exception as error:
            raise begun.failed(error)  # noqa: B904  it is this error or its cause
        begun.end()
        return response

    async def aresponse(self, messages: list[Message], *args: Any, **kwargs: Any) -> ModelResponse:
        """Run a turn: agno's loop of model calls and tool calls."""
        begun = self._begin(messages, kwargs)
        if begun is None:
            return await super().aresponse(messages, *args, **kwargs)
        try:
            response: ModelResponse = await super(TurnRecordingModel, begun.model).aresponse(messages, *args, **kwargs)
        except Exception as error:
            raise await asyncio.to_thread(begun.failed, error)  # noqa: B904  as above
        await asyncio.to_thread(begun.end)
        return response

    def response_stream(self, messages: list[Message], *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Run a turn, and yield its pieces."""
        begun = self._begin(messages, kwargs)
        if begun is None:
            yield from super().response_stream(messages, *args, **kwargs)
            return
        try:
            yield from super(TurnRecordingModel, begun.model).response_stream(messages, *args, **kwargs)
        except Exception as error:
            raise begun.failed(error)  # noqa: B904  it is this error or its cause
        begun.end()

    async def aresponse_stream(self, messages: list[Message], *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Run a turn, and yield its pieces."""
        begun = self._begin(messages, kwargs)
        if begun is None:
            rest: Any = super().aresponse_stream(messages, *args, **kwargs)
            async with aclosing(rest) as pieces:
                async for piece in pieces:
                    yield piece
            return
        answer: Any = super(TurnRecordingModel, begun.model).aresponse_stream(messages, *args, **kwargs)
        try:
            async with aclosing(answer) as pieces:
                async for piece in pieces:
                    yield piece
        except Exception as error:
            raise await asyncio.to_thread(begun.failed, error)  # noqa: B904  as above
        await asyncio.to_thread(begun.end)
