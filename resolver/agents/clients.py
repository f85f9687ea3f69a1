"""The HTTP clients that a model opens for one call, to be closed after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_MAKERS = ("get_client", "get_async_client")


class Clients:
    """The clients that the models of a call open.

    Keycycle's models open a client for each key and each call, and close none: connections would stay open until the
    garbage collector finds them.
    """

    def __init__(self) -> None:
        self._opened: dict[int, Any] = {}

    def keep(self, model: Any) -> None:
        """Record the clients that `model`, which is used for this call alone, opens from now on."""
        for name in _MAKERS:
            if make := getattr(model, name, None):
                setattr(model, name, self._kept(make))

    def close(self) -> None:
        """Close the clients of a call outside an event loop."""
        for client in self._taken():
            with suppress(Exception):  # the call is over, whatever happens to its connection
                client.close()

    async def aclose(self) -> None:
        """Close the clients of a call on an event loop."""
        for client in self._taken():
            with suppress(Exception):  # as above
                if aio := getattr(client, "aio", None):  # google's clients are two in one
                    await aio.aclose()
                closed = client.close()
                if inspect.isawaitable(closed):
                    await closed

    def _taken(self) -> list[Any]:
        opened, self._opened = list(self._opened.values()), {}
        return opened

    def _kept(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def kept(*args: Any, **kwargs: Any) -> Any:
            client = make(*args, **kwargs)
            self._opened[id(client)] = client
            return client

        return kept
