"""Servers that run for the length of a block."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from tests.servers.server import Server

AnyServer = TypeVar("AnyServer", bound=Server)


def skip_or_fail(why: str) -> NoReturn:
    """Skip a test that needs a program which is not installed; fail where all of them must be."""
    if os.environ.get("RESOLVER_TEST_SERVERS") == "required":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def running(kind: type[AnyServer]) -> Iterator[AnyServer]:
    """Yield a server of this kind, and end it; skip where its programs are not installed."""
    for needed in kind.needed:
        if kind.program(needed) is None:
            skip_or_fail(f"no {kind.name} server is installed: `{needed}` is not found")
    folder = Path(tempfile.mkdtemp(prefix="rs"))  # a short path, for a socket's name must be short
    server = kind(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
