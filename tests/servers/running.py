"""Servers that run for the length of a block."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.servers.server import Server

AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def running(kind: type[AnyServer]) -> Iterator[AnyServer]:
    """Yield a server of this kind, and end it; skip where its programs are not installed."""
    for needed in kind.needed:
        if kind.program(needed) is None:
            why = f"no {kind.name} server is installed: `{needed}` is not found"
            if os.environ.get("RESOLVER_TEST_SERVERS") == "required":
                pytest.fail(why)
            pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="rs"))  # a short path, for a socket's name must be short
    server = kind(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
