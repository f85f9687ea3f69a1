"""One call of a model, which goes to the providers of a tier in order until one succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from typing import Any

from resolver.agents.clients import Clients
from resolver.agents.disable_retries import BrokenStreamError, disable_retries
from resolver.agents.failure_kinds import Kind, kind_of_call, kind_of_making
from resolver.agents.no_provider import NoProviderError, no_provider_error, one_line
from resolver.agents.pool import Pool
from resolver.agents.turn import Turn
from resolver.serving.telemetry import provider_call

_SAYS = (
    *("content", "tool_calls", "reasoning_content", "redacted_reasoning_content", "audio", "images", "videos"),
    *("files", "citations", "tool_executions", "response_usage"),
)
"""The parts of a piece of a stream that carry content."""


class EmptyAnswerError(Exception):
    """A provider's stream ended without content, as when a proxy answers instead."""


class Call:
    """A call with the messages as they were before it: each provider begins with those."""

    def __init__(self, turn: Turn, pool: Pool, kwargs: dict[str, Any]) -> None:
        self._turn = turn
        self._pool = pool
        self._kwargs = kwargs
        self._messages: list[Any] | None = kwargs.get("messages")
        self._length = len(self._messages or ())
        self._assistant: Any = kwargs.get("assistant_message")
        self._before = deepcopy(vars(self._assistant)) if self._assistant is not None else {}
        self._first = len(turn.failures)
        self._serving: tuple[str, str] = ("", "")
        self._made = False
        self._clients = Clients()
        self._unsaid: list[Any] = []
        self.yielded = False
        """Whether a part of the answer has been passed on already."""

    def candidates(self) -> Iterator[tuple[str, str]]:
        """Yield the providers to try, with their model ids."""
        for candidate in self._pool.order(self._turn.decision.models):
            self._serving = candidate
            yield candidate

    async def acandidates(self) -> Iterator[tuple[str, str]]:
        """Do what `candidates` does without importing anything on the event loop."""
        models = self._turn.decision.models
        if not self._pool.is_warm(models):
            await asyncio.to_thread(self._pool.order, models)
        return self.candidates()

    @contextmanager
    def attempt(self, provider: str, model_id: str) -> Iterator[None]:
        """Let a provider run the call; its error propagates only if no other provider may be tried."""
        with self._traced(provider, model_id):
            try:
                yield
            finally:
                self._clients.close()

    @asynccontextmanager
    async def aattempt(self, provider: str, model_id: str) -> AsyncIterator[None]:
        """Do what `attempt` does on an event loop."""
        with self._traced(provider, model_id):
            try:
                yield
            finally:
                await self._clients.aclose()

    @contextmanager
    def _traced(self, provider: str, model_id: str) -> Iterator[None]:
        turn, decision = self._turn, self._turn.decision
        with provider_call(
            provider=provider,
            model=model_id,
            triad=turn.subject.triad,
            role=turn.subject.role,
            phase=turn.phase,
            tier=decision.tier,
            rule=decision.rule,
            revision=decision.revision,
        ) as attributes:
            try:
                yield
            except Exception as error:
                kind = kind_of_call(error) if self._made else kind_of_making(error)
                attributes["kind"] = kind.value
                self._failed(error, kind)

    def model(self, provider: str, model_id: str) -> Any:
        """Return the agno model of a provider."""
        self._made = False
        model, lent = self._pool.model(provider, model_id)
        self._made = True
        if lent:
            self._clients.keep(model)
            disable_retries(model, lambda: self.yielded)
        return model

    def arguments(self, provider: str) -> dict[str, Any]:
        """Return the arguments to call the model with."""
        if "retry_with_guidance" in self._kwargs and provider != self._turn.guided_by:
            return {name: value for name, value in self._kwargs.items() if name != "retry_with_guidance"}
        return self._kwargs

    def says(self, chunk: Any) -> list[Any]:
        """Return the pieces to pass on now that `chunk` has come: none, while there was no content."""
        self._unsaid.append(chunk)
        if not self.yielded and not any(getattr(chunk, part, None) for part in _SAYS):
            return []
        self.yielded = True
        chunks, self._unsaid = self._unsaid, []
        return chunks

    def over(self) -> None:
        """Note that a stream has ended; raises EmptyAnswerError if it had no content."""
        if not self.yielded:
            raise EmptyAnswerError("the stream ended without an answer")
        self.served()

    def served(self) -> None:
        """Note that the call succeeded."""
        self._turn.raised, self._turn.unserved = None, False
        if "retry_with_guidance" in self._kwargs and self._messages is not None:
            self._messages[:] = [message for message in self._messages if not message.temporary]

    def _failed(self, error: Exception, kind: Kind) -> None:
        """Let another provider start over with the call; raise the error again if none may."""
        if type(error).__name__ == "RetryableModelProviderError":  # agno asks the same model again, with advice
            self._turn.guided_by = self._serving[0]
            self._turn.raised, self._turn.unserved = None, False  # the call succeeded, if not well
            self._take_back()
            raise error
        self._turn.raised = error
        if not kind.of_provider:
            self._turn.unserved = False
            raise error
        self._turn.note(*self._serving, kind, error)
        self._pool.failed(*self._serving, kind)
        if self.yielded:
            self._pool.ignore_error(error)
            raise BrokenStreamError(one_line(error)) from error  # which agno does not try again
        self._take_back()

    def _take_back(self) -> None:
        """Undo the changes of a failed call, so that the next provider begins as it did."""
        self._unsaid = []
        if self._messages is not None:
            del self._messages[self._length :]
        if self._assistant is not None:
            vars(self._assistant).update(deepcopy(self._before))

    def exhausted(self) -> NoProviderError:
        """Return the error for a call in which no provider succeeded."""
        turn = self._turn
        failures = (*turn.failures[self._first :], *self._pool.left_out(turn.decision.models))
        where = f" in phase `{turn.phase}`" if turn.phase else ""
        error = no_provider_error(f"`{turn.subject}`{where} on tier `{turn.decision.tier}`", failures)
        error.__cause__ = turn.raised
        turn.raised, turn.unserved = error, True
        self._pool.ignore_error(error)
        return error
