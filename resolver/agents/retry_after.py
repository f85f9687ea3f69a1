"""The time after which a provider wants to be asked again, from its refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from resolver.agents.error_chain import error_chain

LONGEST = 3600.0
"""Seconds; a provider that names a longer time is tried again after this."""
_RETRY_DELAY = re.compile(r"retryDelay\W{1,8}(\d+(?:\.\d+)?)s")
"""Gemini's way to name a time, in the body of its refusal."""


def retry_after(error: BaseException) -> float | None:
    """Return the seconds that a provider's refusal names, at most an hour; None if it names none."""
    seconds = next(_seconds(error), None)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST)


def _seconds(error: BaseException) -> Iterator[float]:
    for cause in error_chain(error):
        headers = getattr(getattr(cause, "response", None), "headers", None)
        if headers is not None:
            yield from _of_header(headers.get("retry-after"))
        if match := _RETRY_DELAY.search(str(cause)[:4_000]):
            yield float(match[1])


def _of_header(value: object) -> Iterator[float]:
    """Yield the seconds of a header, which has a number of them or a date."""
    if not isinstance(value, str):
        return
    if re.fullmatch(r"\s*\d{1,15}(\.\d{1,15})?\s*", value):
        yield float(value)
        return
    with suppress(ValueError, TypeError, OverflowError):
        at = parsedate_to_datetime(value)
        yield (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
