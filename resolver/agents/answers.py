"""Judges the answers of providers: one that says nothing, or that a filter withheld, is no answer."""

from __future__ import annotations

from typing import Any

FINISH = "finish_reason"
"""The key of a response's `provider_data` under which `finish_reasons` notes that a filter withheld an answer."""
_SPEAKS = ("tool_calls", "audio", "images", "videos", "files")
_PASSES = (*_SPEAKS, "content", "reasoning_content", "redacted_reasoning_content", "citations", "tool_executions")


class UnusableAnswerError(Exception):
    """An answer arrived, but it is none. Another provider of the tier may have one."""


class NothingSaidError(UnusableAnswerError):
    """An answer has no content and calls no tool; usage and reasoning alone say nothing."""


class FilteredAnswerError(UnusableAnswerError):
    """A content filter withheld an answer, or the model refused to give one."""


def says_something(response: Any) -> bool:
    """Return whether a response, or a piece of a stream, has content or calls a tool."""
    content = response.content
    said = bool(content.strip()) if isinstance(content, str) else content is not None
    return said or any(getattr(response, part, None) for part in _SPEAKS)


def is_worth_passing_on(piece: Any) -> bool:
    """Return whether a piece of a stream has something to show, reasoning included."""
    return says_something(piece) or any(getattr(piece, part, None) for part in _PASSES if part != "content")


def filter_of(response: Any) -> str | None:
    """Return why a filter withheld a response, None if it did not."""
    data = getattr(response, "provider_data", None)
    reason = data.get(FINISH) if isinstance(data, dict) else None
    return None if reason is None else str(reason)


def raise_if_filtered(response: Any) -> None:
    """Raise FilteredAnswerError if a filter withheld a response or a piece of a stream."""
    if (reason := filter_of(response)) is not None:
        raise FilteredAnswerError(f"the answer is withheld: `{reason}`")


def raise_if_unusable(response: Any) -> None:
    """Raise an UnusableAnswerError if a whole response says nothing or is withheld."""
    raise_if_filtered(response)
    if not says_something(response):
        raise NothingSaidError("the answer says nothing")
