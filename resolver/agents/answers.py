"""Judges the answers of providers. An answer that is empty, or that a filter withheld, does not count as one."""

from __future__ import annotations

from typing import Any

FINISH = "finish_reason"
"""The key of a response's `provider_data` under which `finish_reasons` notes that a filter withheld an answer."""
NOTHING_SAID = "the answer says nothing"
"""The error of an answer without content."""
WITHHELD = "the answer is withheld"
"""The beginning of the error of an answer that a filter withheld."""
_SPEAKS = ("tool_calls", "audio", "images", "videos", "files")
_SHOWS = ("reasoning_content", "redacted_reasoning_content", "citations", "tool_executions")


class UnusableAnswerError(Exception):
    """A provider has answered, but without anything to use. Another provider of the tier may do better."""


class NothingSaidError(UnusableAnswerError):
    """An answer has no content and calls no tool; usage and reasoning alone say nothing."""


class FilteredAnswerError(UnusableAnswerError):
    """A content filter withheld an answer, or the model refused to give one."""


def says_something(response: Any) -> bool:
    """Return whether a response, or a piece of a stream, has content or calls a tool."""
    return not is_blank(response.content) or any(getattr(response, part, None) for part in _SPEAKS)


def is_blank(content: object) -> bool:
    """Return whether the content of an answer is empty or white space."""
    return not content.strip() if isinstance(content, str) else not content


def is_worth_passing_on(piece: Any) -> bool:
    """Return whether a piece of a stream has something to show, reasoning included."""
    return says_something(piece) or any(getattr(piece, part, None) for part in _SHOWS)


def filter_of(response: Any) -> str | None:
    """Return why a filter withheld a response, None if it did not."""
    data = getattr(response, "provider_data", None)
    reason = data.get(FINISH) if isinstance(data, dict) else None
    return None if reason is None else str(reason)


def raise_if_filtered(response: Any) -> None:
    """Raise FilteredAnswerError if a filter withheld a response or a piece of a stream."""
    if (reason := filter_of(response)) is not None:
        raise FilteredAnswerError(f"{WITHHELD}: `{reason}`")


def raise_if_unusable(response: Any) -> None:
    """Raise an UnusableAnswerError if a whole response says nothing or is withheld."""
    raise_if_filtered(response)
    if not says_something(response):
        raise NothingSaidError(NOTHING_SAID)
