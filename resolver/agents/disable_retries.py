"""Disables a keycycle model's own waits and retries, which other providers make unnecessary."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


class BrokenStreamError(ConnectionError):
    """A provider's stream broke off after its first content."""


class _NoWait:
    """Replaces keycycle's waits, three for each key and up to 4 s each, for a provider that says it is busy.

    The next provider is asked at once, since another key of this provider would not help.
    """

    def get_next_interval(self) -> float:
        error = sys.exception()
        assert error is not None, "keycycle asks while it handles the refusal"
        raise error


def disable_retries(model: Any, has_said: Callable[[], bool]) -> None:
    """Keep `model` from waiting, and from starting a stream over with another key once it `has_said` something.

    Models that an application has made itself wait for a free key for up to 10 s otherwise.
    """
    rotate = model._rotate_credentials

    def rotating() -> Any:
        if has_said():
            raise BrokenStreamError("the stream broke off: its key is refused or used up")
        return rotate()

    model._rotate_credentials = rotating
    model._create_temp_backoff = _NoWait
    model._rotating_wait = False  # for a free key, by `time.sleep`, also on an event loop
    model._estimated_tokens = 0  # a reservation of a call that fails is never given back
