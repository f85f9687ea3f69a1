"""Copies of a model, so that no event loop uses a client that another loop has opened.

An async HTTP client works only on the loop on which it has opened its connections. agno's models open a client at
their first call and keep it, so a model that two loops share fails on the second loop.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from contextvars import ContextVar
from copy import copy
from typing import Any

from resolver.forks import RenewedLock

_CLIENT_FIELDS = ("client", "async_client", "mistral_client", "model_client")
"""The fields in which agno's models keep the clients that they open."""

_calling_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("calling_loop", default=None)
"""The event loop whose call prepares a model in a thread."""


def remember_loop() -> None:
    """Remember the running event loop, if there is one, for a thread that gets a copy of this context."""
    loop = _running_loop()
    if loop is not None and _calling_loop.get() is not loop:
        _calling_loop.set(loop)


class LoopModels:
    """One model for calls without an event loop, and one for each event loop.

    All are copies of `original`, which stays as it is. A model that opens no client of its own is copied once. A loop's
    clients are closed when the loop ends (`asyncio.run` does this), at the latest when the next loop comes.
    """

    def __init__(self, original: Any) -> None:
        self._original = original = _extended(copy(original)) if _is_agno(original) else original
        self._fields = [name for name in _CLIENT_FIELDS if name in getattr(original, "__dict__", ())]
        self._lock = RenewedLock()
        self._models: dict[asyncio.AbstractEventLoop | None, Any] = {}
        # no weak mapping: connections refer to their loop, so that it would keep every entry
        self._closers: dict[asyncio.AbstractEventLoop, AsyncGenerator[None]] = {}

    def get(self) -> tuple[Any, bool]:
        """Return the model for a call here, and whether it is for this call alone."""
        if hasattr(self._original, "_rotate_credentials"):
            return copy(self._original), True  # keycycle writes the key of each call into the model
        if not self._fields:
            return self._original, False
        loop = _running_loop() or _calling_loop.get()
        if loop is not None and loop.is_closed():
            loop = None
        model = self._models.get(loop)
        if model is None:
            with self._lock:
                model = self._models.get(loop)
                if model is None:
                    model = self._models[loop] = self._copy(loop)
        return model, False

    def close(self) -> None:
        """Close the clients that were opened without a loop; those of a loop close on that loop."""
        with self._lock:
            model = self._models.pop(None, None)
            self._models.clear()
            self._closers.clear()  # a generator that nothing refers to is closed by its loop
        for client in self._opened(model):
            with suppress(Exception):  # whatever happens to its connection, nothing uses it any more
                client.close()

    def _copy(self, loop: asyncio.AbstractEventLoop | None) -> Any:
        model = copy(self._original)
        if loop is None:
            return model
        model._resolver_models = self  # a call that runs on the model keeps its clients open
        for ended in [known for known in list(self._models) if known is not None and known.is_closed()]:
            self._forget(ended)
        with suppress(RuntimeError):  # the loop has just been closed
            loop.call_soon_threadsafe(self._close_at_end_of, loop, model)
        return model

    def _close_at_end_of(self, loop: asyncio.AbstractEventLoop, model: Any) -> None:
        """Start a generator on the loop. When a loop ends, it closes the generators that were started on it."""
        closer = self._closer(loop, model)
        with suppress(StopIteration):  # this is how a coroutine returns
            closer.__anext__().send(None)
        self._closers[loop] = closer

    async def _closer(self, loop: asyncio.AbstractEventLoop, model: Any) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            if self._models.get(loop) is model:
                self._forget(loop)
            for client in self._opened(model):
                with suppress(Exception):  # as in `close`
                    await _aclose(client)

    def _forget(self, loop: asyncio.AbstractEventLoop) -> None:
        self._models.pop(loop, None)
        self._closers.pop(loop, None)

    def _opened(self, model: Any) -> list[Any]:
        if model is None:
            return []
        clients = [(getattr(model, name), getattr(self._original, name)) for name in self._fields]
        return [client for client, given in clients if client is not None and client is not given]


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _aclose(client: Any) -> None:
    if aio := getattr(client, "aio", None):  # google's clients are two in one
        await aio.aclose()
    close = getattr(client, "close", None) or client._client.aclose  # older clients of Ollama have no `close`
    closed = close()
    if inspect.isawaitable(closed):
        await closed


def _is_agno(model: Any) -> bool:
    agno = sys.modules.get("agno.models.base")
    return agno is not None and isinstance(model, agno.Model)


def _extended(model: Any) -> Any:
    """Return a model whose responses say why an answer is withheld."""
    from resolver.agents.finish_reasons import reporting_finish  # noqa: PLC0415  it imports agno

    return reporting_finish(model)
