"""Runs the server until it is told to stop; what was accepted is answered before it ends."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from os import PathLike
from types import FrameType

import uvicorn
from fastapi import FastAPI

from resolver.facade import Resolver
from resolver.server.app import make_app
from resolver.server.connections import Connection
from resolver.server.settings import SECONDS_IDLE, SECONDS_TO_STOP, Settings
from resolver.serving.exposition import collect
from resolver.serving.listening_socket import listening_socket

_HEADERS = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
]
_SECONDS_TO_SWITCH = 0.0005  # for which a proof in another thread makes a decision wait; Python has 0.005


def run_server(
    path: str | PathLike[str] | None, state: str | None, settings: Settings, started: Callable[[str, str], None]
) -> None:
    """Serve a policy until SIGTERM or SIGINT, and call `started` with the URL and the revision once it answers."""
    collect()
    sys.setswitchinterval(_SECONDS_TO_SWITCH)
    with Resolver.open(path, state=state) as resolver, listening_socket(settings.address, settings.port) as listening:
        app = make_app(resolver, settings)
        host = f"[{settings.address}]" if ":" in settings.address else settings.address
        where = f"http://{host}:{listening.getsockname()[1]}"
        _Server(config_of(app), app, lambda: started(where, resolver.policy.revision)).run([listening])


def config_of(app: FastAPI) -> uvicorn.Config:
    """Return uvicorn's configuration for an application; every answer has the headers that keep browsers safe."""
    config = uvicorn.Config(app, http=Connection, ws="none", log_config=None, log_level="critical", headers=_HEADERS)
    config.access_log = config.server_header = config.proxy_headers = False
    config.timeout_keep_alive, config.timeout_graceful_shutdown = SECONDS_IDLE, SECONDS_TO_STOP
    return config


class _Server(uvicorn.Server):
    """A server that ends streams of events when it stops, and returns instead of raising the signal again."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._on_started = app, on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.feed.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit, self.should_exit = self.should_exit, True  # the second signal does not wait for answers
