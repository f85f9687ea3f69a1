"""Waiting for what another host or thread does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], seconds: float = 1.0) -> float:
    """How long it takes until something holds; an error if it does not within `seconds`."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it does not come to hold"
        time.sleep(0.005)
    return time.monotonic() - started
