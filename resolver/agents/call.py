"""One call of a model, which goes to the providers of a tier in order until one succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from typing import Any

from agno.models.base import Model

from resolver.agents.answers import (
    NOTHING_SAID,
    NothingSaidError,
    is_worth_passing_on,
    raise_if_filtered,
    raise_if_unusable,
    says_something,
)
from resolver.agents.clients import Clients
from resolver.agents.disable_retries import BrokenStreamError, disable_retries
from resolver.agents.failure_kinds import Kind, asks_on, kind_of_all, kind_of_call, kind_of_making
from resolver.agents.no_provider import (
    NoProviderError,
    ProviderFailure,
    described,
    no_provider_error,
    one_line,
    too_long_error,
)
from resolver.agents.pool import Pool
from resolver.agents.turn import Turn
from resolver.diagnostics import ResolverError
from resolver.domain import Options
from resolver.serving.telemetry import provider_call


class EmptyAnswerError(Exception):
    """A provider's stream ended without any event, as when a proxy answers instead."""


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
        self._failures: list[ProviderFailure] = []
        self._serving: tuple[str, str] = ("", "")
        self._made = False
        self._keys: Sequence[Any] = ()
        self._clients = Clients()
        self._unsaid: list[Any] = []
        self._has_said = False
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
                self._note_keys(provider)
                self._clients.close()

    @asynccontextmanager
    async def aattempt(self, provider: str, model_id: str) -> AsyncIterator[None]:
        """Do what `attempt` does on an event loop."""
        with self._traced(provider, model_id):
            try:
                yield
            finally:
                self._note_keys(provider)
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
        self._made, self._keys = False, ()
        model, lent = self._pool.model(provider, model_id, self.options(provider))
        if lent:
            self._keys = model.wrapper.manager.keys
        if not isinstance(model, Model):
            raise ResolverError(f"`get_model` of `providers` returned `{type(model).__name__}`, not an agno model")
        self._made = True
        if lent:
            self._clients.keep(model)
            disable_retries(model, lambda: self.yielded)
        return model

    def _note_keys(self, provider: str) -> None:
        """Note the keys that keycycle does not use any more; it goes on with the others and says nothing."""
        if self._keys:
            self._pool.cool_downs.note_keys(provider, sum(key.dead for key in self._keys), len(self._keys))

    def options(self, provider: str) -> Options | None:
        """Return the options of the tier's model at a provider."""
        return self._turn.decision.options.get(provider)

    def arguments(self, provider: str) -> dict[str, Any]:
        """Return the arguments to call the model with."""
        if "retry_with_guidance" in self._kwargs and provider != self._turn.guided_by:
            return {name: value for name, value in self._kwargs.items() if name != "retry_with_guidance"}
        return self._kwargs

    def says(self, chunk: Any) -> list[Any]:
        """Return the pieces to pass on now that `chunk` has come: none, while there was nothing to show.

        Raises FilteredAnswerError if a filter withheld the answer.
        """
        raise_if_filtered(chunk)
        self._unsaid.append(chunk)
        self._has_said = self._has_said or says_something(chunk)
        if not self.yielded and not is_worth_passing_on(chunk):
            return []
        self.yielded = True
        chunks, self._unsaid = self._unsaid, []
        return chunks

    def over(self) -> None:
        """Note that a stream has ended; raises NothingSaidError if it said nothing."""
        if not self._has_said:
            if not self.yielded and not self._unsaid:
                raise EmptyAnswerError("the stream ended without an answer")
            raise NothingSaidError(NOTHING_SAID)
        self._served()

    def served(self, response: Any) -> None:
        """Note that the call succeeded. Raises UnusableAnswerError if the response says nothing or is withheld."""
        raise_if_unusable(response)
        self._served()

    def _served(self) -> None:
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
        self._turn.raised, self._turn.unserved = error, kind.of_provider
        if not asks_on(error, kind):
            raise error
        failure = ProviderFailure(*self._serving, kind.value, described(error))
        self._failures.append(failure)
        if kind.of_provider:
            self._turn.failures.append(failure)
            self._pool.cool_downs.failed(failure, error, self._turn.run)
        if self.yielded:
            self._ignore_error(error, kind)
            raise BrokenStreamError(one_line(error)) from error  # which agno does not try again
        self._take_back()

    def _ignore_error(self, error: Exception, kind: Kind) -> None:
        if kind is not Kind.TASK:
            self._pool.ignore_error(error)

    def _take_back(self) -> None:
        """Undo the changes of a failed call, so that the next provider begins as it did."""
        self._unsaid, self._has_said = [], False
        if self._messages is not None:
            del self._messages[self._length :]
        if self._assistant is not None:
            vars(self._assistant).update(deepcopy(self._before))

    def exhausted(self) -> NoProviderError:
        """Return the error for a call that no provider served.

        It is the model's failure if each provider that was asked refused the request or gave no answer.
        """
        turn = self._turn
        kind = kind_of_all([failure.kind for failure in self._failures])
        failures = (*self._failures, *self._pool.left_out(turn.decision.models))
        where = f" in phase `{turn.phase}`" if turn.phase else ""
        make = too_long_error if kind is Kind.CONTEXT else no_provider_error
        error = make(f"`{turn.subject}`{where} on tier `{turn.decision.tier}`", failures)
        error.__cause__ = turn.raised
        turn.raised, turn.unserved = error, kind.of_provider
        self._ignore_error(error, kind)
        return error
